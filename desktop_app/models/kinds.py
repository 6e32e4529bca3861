"""The kinds of pictures as the person meets them: a name, a plural and an icon each."""

from __future__ import annotations

from desktop_app.i18n import tr
from indexer.library.types import Kind

ICONS = {
    Kind.PHOTO: "image",
    Kind.RECEIPT: "receipt",
    Kind.DOCUMENT: "file-text",
    Kind.NOTE: "sticky-note",
    Kind.TICKET: "ticket",
    Kind.SIGN: "signpost",
    Kind.POSTER: "frame",
    Kind.SCREENSHOT: "monitor",
    Kind.UNKNOWN: "image",
}


def name_of(kind: Kind) -> str:
    names = {
        Kind.PHOTO: tr("Photo"),
        Kind.RECEIPT: tr("Receipt"),
        Kind.DOCUMENT: tr("Document"),
        Kind.NOTE: tr("Note"),
        Kind.TICKET: tr("Ticket"),
        Kind.SIGN: tr("Sign"),
        Kind.POSTER: tr("Poster"),
        Kind.SCREENSHOT: tr("Screenshot"),
        Kind.UNKNOWN: tr("Picture"),
    }
    return names[kind]


def names_of(kind: Kind) -> str:
    names = {
        Kind.PHOTO: tr("Scenes"),
        Kind.RECEIPT: tr("Receipts"),
        Kind.DOCUMENT: tr("Documents"),
        Kind.NOTE: tr("Notes"),
        Kind.TICKET: tr("Tickets"),
        Kind.SIGN: tr("Signs"),
        Kind.POSTER: tr("Posters"),
        Kind.SCREENSHOT: tr("Screenshots"),
        Kind.UNKNOWN: tr("Pictures"),
    }
    return names[kind]
