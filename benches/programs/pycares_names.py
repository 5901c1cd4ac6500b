"""pycares: makes 1,500 channels and reads their servers."""

import pycares

total = 0
for number in range(1500):
    channel = pycares.Channel(servers=[f"127.0.{number % 200}.1"], timeout=1, tries=1)
    total += len(channel.servers)
    channel.close()
print(total)
