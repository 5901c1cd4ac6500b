"""gevent: runs 100,000 switches and 20,000 timers on its libuv loop."""

import os

os.environ["GEVENT_LOOP"] = "libuv-cffi"
import gevent


def work(rounds):
    for _ in range(rounds):
        gevent.sleep(0)
    return rounds


jobs = [gevent.spawn(work, 1000) for _ in range(100)]
timers = [gevent.spawn_later(0.0001 * (i % 50), int) for i in range(20000)]
gevent.joinall(jobs + timers)
print(sum(job.value for job in jobs), len(timers), type(gevent.get_hub().loop).__module__)
