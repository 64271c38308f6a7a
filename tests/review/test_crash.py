"""A decision that was answered survives whatever happens to the process."""

import signal
import threading

import httpx2 as httpx
import pytest
from tests.review.conftest import ANNA

from inkpipe.review.database import open_review
from inkpipe.review.work import claim


def decision(person, image):
    who = {"reviewer": person, "session": f"session-of-{person}"}
    return {**who, "queue": "confidence", "image": image, "kind": "text", "text": "AC", "key": f"{person}-{image:08}"}


def test_killed_in_the_middle_of_work_no_answered_decision_is_lost_and_no_other_is_half_there(file, fill, desk_process):
    fill(file, dict.fromkeys(range(1, 201), ("A", 0.5)))
    answered: list[int] = []
    enough = threading.Event()

    def work_through(url, person, images):
        with httpx.Client() as client:
            for image in images:
                try:
                    client.post(f"{url}/decide", json=decision(person, image)).raise_for_status()
                except httpx.HTTPError:
                    return
                answered.append(image)
                if len(answered) >= 20:
                    enough.set()

    with desk_process(file) as (url, process):
        people = [threading.Thread(target=work_through, args=[url, f"p{n}", range(1 + n, 201, 3)]) for n in range(3)]
        for person in people:
            person.start()
        assert enough.wait(60)
        process.send_signal(signal.SIGKILL)
        for person in people:
            person.join()
    with open_review(file) as database:
        assert database.value("PRAGMA integrity_check") == "ok"
        kept = {image for (image,) in database.rows("SELECT id FROM images WHERE decision IS NOT NULL")}
        assert set(answered) <= kept
        assert kept == {image for (image,) in database.rows("SELECT image FROM decisions")}
        assert len(kept) - len(answered) <= 3  # those that were saved and could not be answered any more
        rest = {item["id"] for item in claim(database, ANNA, "confidence", 200)}
        assert rest == set(range(1, 201)) - kept


def test_a_change_that_fails_half_way_is_undone(file, fill):
    fill(file)
    with open_review(file) as database, pytest.raises(ZeroDivisionError), database.change() as connection:
        connection.execute("UPDATE images SET text = 'lost'")
        raise ZeroDivisionError
    with open_review(file) as database:
        assert database.value("SELECT count(*) FROM images WHERE text = 'lost'") == 0
