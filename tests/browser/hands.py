"""How somebody works a page: with a pointer, or with the keyboard alone."""

from typing import Any, Protocol

TABS_MAX = 150


class Hands(Protocol):
    """What a person does to a control."""

    def fill(self, control: Any, text: str) -> None: ...
    def check(self, control: Any) -> None: ...
    def choose(self, control: Any, option: str) -> None: ...
    def press(self, control: Any) -> None: ...


class Pointer:
    """A mouse or a finger."""

    def fill(self, control: Any, text: str) -> None:
        control.fill(text)

    def check(self, control: Any) -> None:
        control.check()

    def choose(self, control: Any, option: str) -> None:
        control.select_option(option)

    def press(self, control: Any) -> None:
        control.click()


class Keyboard:
    """Tab to each control, then the keys that it answers to."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._keys = page.keyboard

    def fill(self, control: Any, text: str) -> None:
        self._reach(control)
        self._keys.press("Control+A")
        self._keys.type(text)

    def check(self, control: Any) -> None:
        if control.get_attribute("type") != "radio":
            self._reach(control)
            self._keys.press("Space")
            return
        # Tab stops once at a group of radio buttons; arrows go through it.
        self._reach(control, "(e) => document.activeElement.name === e.name")
        for _ in range(TABS_MAX):
            if control.is_checked():
                return
            self._keys.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {control}")

    def choose(self, control: Any, option: str) -> None:
        self._reach(control)
        self._keys.type(option)

    def press(self, control: Any) -> None:
        self._reach(control)
        self._keys.press("Enter")

    def _reach(self, control: Any, there: str = "(e) => document.activeElement === e") -> None:
        control.wait_for()
        for _ in range(TABS_MAX):
            if control.evaluate(there):
                return
            self._keys.press("Tab")
        raise AssertionError(f"Tab never comes to {control}")
