// Ctrl-C and the service manager's wish to stop, remembered from the first moment of a command on,
// so that nothing it started is left running whenever the signal comes.
#pragma once

namespace app {

// SIGINT, SIGTERM and SIGHUP are counted from now on instead of ending the program; SIGPIPE is ignored.
void catch_stop_signals();

int stop_signals_seen();    // 0: nobody asked us to stop
bool stopped_by_manager();  // SIGTERM was among them: a load balancer may have to be told first

// Becomes readable with the first signal and stays so: for poll(2) and event loops. Not to be read from.
int stop_signal_descriptor();

}  // namespace app
