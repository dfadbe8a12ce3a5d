"""The Pennylane simulator: invoices and credit notes. Source: pennylane sheet, sections 5.1 to 5.7."""

from tests.simulators.pennylane_calls import FULL_LINE, Company


def test_a_line_is_filled_from_its_product(company: Company):
    invoice = company.an_invoice().json

    line = company.call("GET", invoice["invoice_lines"]["url"].removeprefix("http://pennylane.local")).json["items"][0]

    assert (line["label"], line["quantity"], line["vat_rate"]) == ("Pack 1", "2.0", "FR_200")
    assert (line["currency_amount_before_tax"], line["currency_tax"]) == ("198.00", "39.60")
    assert (invoice["currency_amount"], invoice["currency_amount_before_tax"]) == ("237.60", "198.00")


def test_every_link_of_an_invoice_resolves(company: Company):
    invoice = company.an_invoice().json
    links = [value["url"] for value in invoice.values() if isinstance(value, dict) and "url" in value]

    assert len(links) == 8  # seven nested collections and the customer
    assert {company.call("GET", link.removeprefix("http://pennylane.local")).status for link in links} == {200}


def test_a_draft_has_no_number_until_it_is_finalized(company: Company):
    draft = company.an_invoice(draft=True).json
    assert (draft["status"], draft["invoice_number"]) == ("draft", "")

    final = company.call("PUT", f"customer_invoices/{draft['id']}/finalize").json

    assert (final["status"], final["draft"]) == ("upcoming", False)
    assert final["invoice_number"].startswith("F-2026-")
    assert company.call("PUT", f"customer_invoices/{draft['id']}/finalize").status == 422


def test_a_final_invoice_is_immutable(company: Company):
    final = company.an_invoice().json["id"]

    assert company.call("PUT", f"customer_invoices/{final}", {"date": "2026-03-02"}).status == 422
    assert company.call("DELETE", f"customer_invoices/{final}").status == 422


def test_the_lines_of_a_draft_are_created_updated_and_deleted(company: Company):
    draft = company.an_invoice(draft=True, invoice_lines=[FULL_LINE, FULL_LINE]).json["id"]
    path = f"customer_invoices/{draft}/invoice_lines"
    one, two = (line["id"] for line in company.call("GET", path).json["items"])

    changes = {
        "create": [FULL_LINE | {"label": "new"}],
        "update": [{"id": one, "quantity": 3}],
        "delete": [{"id": two}],
    }
    changed = company.call("PUT", f"customer_invoices/{draft}", {"invoice_lines": changes}).json

    lines = company.call("GET", path).json["items"]
    assert [(line["label"], line["quantity"]) for line in lines] == [("Hosting", "3.0"), ("new", "1.0")]
    assert changed["currency_amount_before_tax"] == "396.00"


def test_a_discount_of_the_document_takes_its_share_of_net_and_tax(company: Company):
    invoice = company.an_invoice(discount={"type": "relative", "value": "10"}).json

    assert (invoice["currency_amount_before_tax"], invoice["currency_tax"]) == ("178.20", "35.64")


def test_a_credit_note_is_linked_once_with_its_invoice(company: Company):
    invoice = company.an_invoice().json["id"]
    note = company.an_invoice(invoice_lines=[FULL_LINE | {"quantity": -1}]).json
    assert (note["status"], note["currency_amount"], note["credited_invoice"]) == ("credit_note", "-118.80", None)

    path = f"customer_invoices/{invoice}/link_credit_note"
    assert company.post(path, {"credit_note_id": note["id"]}).status == 200
    assert company.post(path, {"credit_note_id": note["id"]}).status == 422

    linked = company.call("GET", f"customer_invoices/{note['id']}").json
    assert linked["credited_invoice"]["id"] == invoice


def test_categories_are_weighed_to_one_in_each_group_and_never_on_a_draft(company: Company):
    invoice = company.an_invoice().json["id"]
    draft = company.an_invoice(draft=True).json["id"]
    one, two = (company.made("categories", {"label": each, "category_group_id": 31}) for each in "ab")
    good = [{"id": one, "weight": "0.8"}, {"id": two, "weight": "0.2"}]

    assert company.call("PUT", f"customer_invoices/{invoice}/categories", good).status == 200
    assert company.call("PUT", f"customer_invoices/{invoice}/categories", good[:1]).status == 422
    assert company.call("PUT", f"customer_invoices/{draft}/categories", good).status == 422
    listed = company.call("GET", f"customer_invoices/{invoice}/categories").json["items"]
    assert [(item["label"], item["weight"]) for item in listed] == [("a", "0.8"), ("b", "0.2")]


def test_an_invoice_past_its_deadline_is_late_and_a_paid_one_is_paid(company: Company):
    late = company.an_invoice(deadline="2026-02-01").json
    assert late["status"] == "late"

    assert company.call("PUT", f"customer_invoices/{late['id']}/mark_as_paid").status == 204

    paid = company.call("GET", f"customer_invoices/{late['id']}").json
    assert (paid["status"], paid["remaining_amount_with_tax"]) == ("paid", "0.00")
    payments = company.call("GET", f"customer_invoices/{late['id']}/payments").json["items"]
    assert [payment["currency_amount"] for payment in payments] == ["237.60"]


def test_a_foreign_currency_has_its_amount_in_euro_beside(company: Company):
    invoice = company.an_invoice(currency="USD").json

    assert (invoice["currency_amount"], invoice["amount"]) == ("237.60", "220.00")
    assert company.an_invoice(currency="XYZ").status == 422
