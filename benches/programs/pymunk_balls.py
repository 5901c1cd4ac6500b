"""pymunk: simulates 150 balls for 1,500 steps."""

import pymunk

space = pymunk.Space()
space.gravity = (0, -900)
space.add(pymunk.Segment(space.static_body, (-500, 0), (500, 0), 5))
hits = 0


def hit(arbiter, space, data):
    global hits
    hits += 1


space.on_collision(1, 1, begin=hit)
balls = []
for number in range(150):
    body = pymunk.Body(1, pymunk.moment_for_circle(1, 0, 8))
    body.position = (number % 15 * 20 - 150, 30 + number // 15 * 25)
    circle = pymunk.Circle(body, 8)
    circle.collision_type = 1
    space.add(body, circle)
    balls.append(body)
total = 0.0
for _ in range(1500):
    space.step(1 / 120)
    total += sum(ball.position.y + ball.velocity.x for ball in balls)
print(hits, round(total, 3))
