import re
import threading

import pytest
from tests.review.conftest import ANNA, BEN, TEXTS

from inkpipe.review import work
from inkpipe.review.database import open_review
from inkpipe.review.work import BadTextError, TakenError, checked_text, claim, decide, release, undo


def names(items):
    return [item["name"] for item in items]


def test_the_least_certain_image_comes_first_with_all_that_the_page_shows(database):
    (item,) = claim(database, ANNA, "confidence", 1)
    assert item == {
        "id": 3,
        "name": "3.png",
        "label": None,
        "text": "B",
        "confidence": 0.3,
        "model": "inkpipe version 1",
        "extra": {},
        "characters": [0.3],
        "alternatives": [
            {"text": "B", "confidence": 0.3, "score": 0.0},
            {"text": "BB", "confidence": 0.01, "score": -1.0},
        ],
        "warnings": [],
    }


def test_two_people_get_different_images_and_keep_them(database):
    assert names(claim(database, ANNA, "confidence", 2)) == ["3.png", "2.png"]
    assert names(claim(database, BEN, "confidence", 2)) == ["5.png", "1.png"]
    assert names(claim(database, ANNA, "confidence", 2)) == ["3.png", "2.png"]
    assert names(claim(database, ANNA, "confidence", 4)) == ["3.png", "2.png", "4.png"]


def test_images_that_are_given_back_or_left_for_long_come_to_others(database, monkeypatch):
    claim(database, ANNA, "confidence", 5)
    assert claim(database, BEN, "confidence", 1) == []
    release(database, ANNA)
    assert names(claim(database, BEN, "confidence", 1)) == ["3.png"]
    moment = work.time.time() + work.CLAIM_SECONDS + 1
    monkeypatch.setattr(work.time, "time", lambda: moment)
    assert names(claim(database, ANNA, "confidence", 1)) == ["3.png"]


def test_another_queue_gives_the_images_of_the_first_back(database):
    claim(database, ANNA, "confidence", 5)
    assert len(claim(database, ANNA, "random", 1)) == 1
    assert len(claim(database, BEN, "confidence", 5)) == 4


KINDS = {"B": "accepted", " B ": "accepted", "b": "corrected", "=1+1": "corrected", None: "unreadable", ...: "skipped"}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_a_decision_is_of_a_kind(database, answer, text, kind):
    assert decide(database, ANNA, answer(3, text)) == kind
    row = database.row("SELECT * FROM decisions")
    assert (row["kind"], row["prediction"], row["reviewer"], row["queue"]) == (kind, "B", "Anna", "confidence")
    assert row["text"] == (text.strip() if isinstance(text, str) else None)
    assert (database.value("SELECT decision FROM images WHERE id = 3") == row["id"]) == (kind != "skipped")


def test_what_is_checked_comes_to_nobody(database, answer):
    decide(database, ANNA, answer(3, "B"))
    assert "3.png" not in names(claim(database, BEN, "confidence", 5))


def test_the_second_decision_on_an_image_is_refused_and_the_first_stays(database, answer):
    decide(database, ANNA, answer(3, "AC"))
    with pytest.raises(TakenError, match="Anna has checked this image meanwhile: 'AC'. Yours was not saved; go on."):
        decide(database, BEN, answer(3, "B", key="another-key"))
    assert database.value("SELECT count(*) FROM decisions") == 1


def test_an_answer_that_comes_twice_counts_once(database, answer):
    assert decide(database, ANNA, answer(3, "AC")) == decide(database, ANNA, answer(3, "AC")) == "corrected"
    assert database.value("SELECT count(*) FROM decisions") == 1


def test_a_skipped_image_comes_to_others_and_in_its_own_queue(database, answer):
    decide(database, ANNA, answer(3, ...))
    assert names(claim(database, ANNA, "confidence", 5)) == ["2.png", "5.png", "1.png", "4.png"]
    release(database, ANNA)
    assert names(claim(database, BEN, "confidence", 1)) == ["3.png"]
    release(database, BEN)
    assert names(claim(database, ANNA, "skipped", 5)) == ["3.png"]
    decide(database, ANNA, answer(3, "B", key="another-key"))
    assert claim(database, ANNA, "skipped", 5) == []


def test_what_is_skipped_again_comes_last(database, answer):
    for image in (3, 2, 5):
        decide(database, ANNA, answer(image, ...))
    (first, *_) = claim(database, ANNA, "skipped", 1)
    decide(database, ANNA, answer(first["id"], ..., key="another-key"))
    release(database, ANNA)
    assert names(claim(database, ANNA, "skipped", 5)) == ["2.png", "5.png", "3.png"]


def test_undo_takes_back_one_decision_after_another_of_the_same_page(database, answer):
    decide(database, BEN, answer(4, "C"))
    decide(database, ANNA, answer(3, "AC"))
    decide(database, ANNA, answer(2, None))
    item = undo(database, ANNA, "confidence")
    assert (item["name"], item["decided"]) == ("2.png", {"kind": "unreadable", "text": None})
    item = undo(database, ANNA, "confidence")
    assert (item["name"], item["decided"]) == ("3.png", {"kind": "corrected", "text": "AC"})
    assert undo(database, ANNA, "confidence") is None
    assert names(claim(database, ANNA, "confidence", 2)) == ["3.png", "2.png"]
    assert database.value("SELECT count(*) FROM decisions WHERE undone_at IS NULL") == 1  # that of Ben
    assert database.value("SELECT count(*) FROM decisions") == 3  # nothing is deleted


def test_a_decision_can_be_taken_again_after_undo(database, answer):
    decide(database, ANNA, answer(3, "AC"))
    undo(database, ANNA, "confidence")
    assert decide(database, ANNA, answer(3, "AB", key="another-key")) == "corrected"
    assert database.value("SELECT decisions.text FROM decisions JOIN images ON images.decision = decisions.id") == "AB"


def test_an_unknown_image_is_no_defect(database, answer):
    with pytest.raises(LookupError):
        decide(database, ANNA, answer(99, "A"))


NO_LABELS = {
    " ": "is empty. Received: ''",
    "A" * 1001: "1,001 characters",
    "A\nB": "U+000A",
    "A\x00": "U+0000",
    "A\u2028B": "U+2028",
    "\ud800": "U+D800",
}


@pytest.mark.parametrize(("text", "message"), NO_LABELS.items())
def test_what_cannot_be_a_label_is_refused(text, message):
    with pytest.raises(BadTextError, match=re.escape(message)):
        checked_text(text)


def test_texts_are_composed():
    assert checked_text(" Mu\u0308ller ") == "M\u00fcller"


def test_many_people_at_once_share_a_queue_without_double_work(file, fill, answer):
    """Four threads, each with a connection of its own as if in a process of its own, check 40 images."""
    fill(file, dict.fromkeys(range(1, 41), ("A", 0.5)))
    done: list[tuple[str, int]] = []

    def work_through(person):
        with open_review(file) as database:
            who = ANNA._replace(name=person, session=f"session-{person}")
            while items := claim(database, who, "confidence", 3):
                for item in items:
                    decide(database, who, answer(item["id"], "A", key=f"{person}-{item['id']:08}"))
                    done.append((person, item["id"]))

    threads = [threading.Thread(target=work_through, args=[person]) for person in ("one", "two", "three", "four")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(image for _, image in done) == list(range(1, 41))
    with open_review(file) as database:
        assert database.value("SELECT count(*) FROM decisions WHERE kind = 'accepted'") == 40
        assert database.value("SELECT count(DISTINCT image) FROM decisions") == 40


def test_the_suspect_label_comes_first_and_labels_as_likely_do_not_come(file, fill):
    fill(file, labels={1: "AAB", 2: "AB", 3: "CC", 4: "BB", 5: "BAAA"})
    with open_review(file) as database:
        items = claim(database, ANNA, "labels", 5)
        # 3 times the length, divided by the edits: 9 / 2, 12 / 2, and 6 / 2 for ABA and BB
        assert [(item["name"], item["label"]) for item in items] == [
            ("5.png", "BAAA"),
            ("1.png", "AAB"),
            ("4.png", "BB"),
        ]


def test_the_random_order_is_none_of_the_others_and_always_the_same(file, fill, tmp_path):
    many = {number: ("A", number / 100) for number in range(1, 41)}
    orders = []
    for each in (file, tmp_path / "again.review.sqlite"):
        fill(each, many)
        with open_review(each) as database:
            orders.append([item["id"] for item in claim(database, ANNA, "random", 40)])
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])
    assert len(TEXTS) < len(set(orders[0])) == 40
