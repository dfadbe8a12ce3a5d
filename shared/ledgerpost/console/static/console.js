// Small help where there is JavaScript; every page works without it.
"use strict";

// Show only the fields of the kind of credentials that is chosen.
for (const choice of document.querySelectorAll("fieldset[data-choice]")) {
  const form = choice.closest("form");
  const show = () => {
    const chosen = choice.querySelector("input:checked");
    for (const part of form.querySelectorAll("fieldset[data-for]")) {
      part.hidden = chosen !== null && !part.dataset.for.split(" ").includes(chosen.value);
    }
  };
  choice.addEventListener("change", show);
  show();
}

// Send a form once, however often it is clicked.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});

// Say that a file is too large before it is sent in vain.
for (const input of document.querySelectorAll("input[data-max-bytes]")) {
  input.addEventListener("change", () => {
    const tooLarge = [...input.files].some((file) => file.size > Number(input.dataset.maxBytes));
    input.setCustomValidity(tooLarge ? "The file is too large for a page: use `ledgerpost backfill FILE`." : "");
    input.reportValidity();
  });
}

// After a refusal, read it first.
const alert = document.querySelector("[role=alert]");
if (alert) {
  alert.tabIndex = -1;
  alert.focus();
}
