"""The event's text as stored: deflated against a dictionary of what every envelope says anyway.

A write of DynamoDB is billed by the kilobyte, and the envelope's own words are most of a usual event. With them in a
preset dictionary only what differs from event to event is stored. The first byte names the dictionary, so that a later
one can be added; none is ever changed or removed, since records outlive releases.
"""

import zlib

_ENVELOPE_1 = (
    b'"CustomFields":{"Lines":[{"Quantity":1,"UnitPrice":"Description":"Discount":0,"Currency":"Status":"Approved",'
    b'"Cancelled":false,"DueDate":"InvoiceDate":"DocumentDate":"PaymentDate":"PaymentMethod":"Payment":'
    b'"SupplierDetails":"SupplierName":"PurchaseOrderNumber":"InvoiceNumber":"Store":"Location":"Country":"United '
    b'Kingdom","TotalTax":"SubTotal":"Tax":null,true,"currency":"USD","currency":"EUR","currency":"GBP"'
    b'{"version":"0","id":"00000000-0000-0000-0000-000000000000","detail-type":"SupplierPaymentApproved"'
    b'"detail-type":"PurchaseDocumentApproved","detail-type":"SalePaymentApproved","detail-type":"SaleDocumentApproved",'
    b'"source":"stocksmart","account":"000000000000","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],'
    b'"detail":{"schemaVersion":"1","tenantId":"acme","revision":1,"approvedAt":"2026-01-01T00:00:00Z","currency":"GBP",'
    b'"entity":{"Id":"100000","ReceiptNumber":"100000","Date":"2026-01-01","Total":0.00,"Notes":null,'
    b'"CustomerDetails":"","Payment":0.00}}}'
)
_DICTIONARIES = {1: _ENVELOPE_1}
_NEWEST = 1

SOURCE_BYTES_MAX = 4 * 1024 * 1024
"""No message is longer than 1 MiB; what unpacks to more than this was not written by us."""


def pack(text: str) -> bytes:
    """Give `text` packed: one byte for the dictionary, then zlib's stream."""
    packer = zlib.compressobj(level=9, zdict=_DICTIONARIES[_NEWEST])
    return bytes([_NEWEST]) + packer.compress(_bytes(text)) + packer.flush()


def unpack(packed: bytes) -> str:
    """Give the text back, exactly; raises ValueError for what `pack` did not make."""
    dictionary = _DICTIONARIES.get(packed[0]) if packed else None
    if dictionary is None:
        raise ValueError("the source was packed by a later release")
    unpacker = zlib.decompressobj(zdict=dictionary)
    try:
        text = unpacker.decompress(packed[1:], SOURCE_BYTES_MAX)
    except zlib.error as error:
        raise ValueError("the source cannot be unpacked") from error
    if not unpacker.eof:
        raise ValueError("the source is cut short or too long")
    return text.decode("utf-8", "surrogatepass")


def _bytes(text: str) -> bytes:
    """Encode `text`; JSON may carry half of a surrogate pair, and what came in must come out."""
    return text.encode("utf-8", "surrogatepass")
