"""Starts one command and tells what the kernel counted of it: `spawn.py FD WORD…`.

A program of its own because it is small: the kernel does not show a process's peak memory below that of
the one that started it.
"""

import os
import sys
import time

told = int(sys.argv[1])
os.set_inheritable(told, False)
argv = sys.argv[2:]
started = time.perf_counter()
child = os.posix_spawnp(argv[0], argv, os.environ)
_, status, usage = os.wait4(child, 0)
ended = time.perf_counter()
exit_code = os.waitstatus_to_exitcode(status)
cpu = usage.ru_utime + usage.ru_stime
os.write(told, f"{started} {ended} {cpu} {usage.ru_maxrss * 1024} {exit_code}".encode())
