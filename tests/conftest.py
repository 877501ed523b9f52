"""What every test takes for granted."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background job, whose children are born deaf
    signal.signal(signal.SIGINT, signal.default_int_handler)
