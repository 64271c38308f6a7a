"""A desk in a process of its own, as `inkpipe review` runs one: `desk_process.py REVIEW`. It prints its port."""

import sys
from pathlib import Path

from inkpipe.review.database import open_review
from inkpipe.review.desk import build_desk
from inkpipe.server.guard import make_access
from inkpipe.server.run import bind, serve

if __name__ == "__main__":
    with open_review(Path(sys.argv[1])) as database, bind("127.0.0.1", 0) as listener:
        print(listener.getsockname()[1], flush=True)
        serve(build_desk(database, make_access("127.0.0.1", (), None)), listener)
