"""Errors as problem documents."""

from typing import ClassVar

from infra.errors import DomainError


class StageOnFire(DomainError):
    status: ClassVar[int] = 503
    title: ClassVar[str] = "The stage is on fire"


def test_the_class_gives_type_title_and_status_and_the_message_the_detail() -> None:
    assert StageOnFire("please leave").problem() == {
        "type": "urn:harmonie:problem:stage-on-fire",
        "title": "The stage is on fire",
        "status": 503,
        "detail": "please leave",
    }


def test_an_error_without_a_message_says_its_title() -> None:
    assert str(StageOnFire()) == "The stage is on fire"


def test_headers_belong_to_the_error() -> None:
    assert StageOnFire(headers={"Retry-After": "5"}).headers == {"Retry-After": "5"}
