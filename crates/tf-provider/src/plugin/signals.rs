//! The signals that the process handles, so that none of them kills it.

use super::error::Error;

/// In the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// The terminal was closed. Not on Windows.
    #[cfg_attr(windows, expect(dead_code, reason = "only unix has it"))]
    HangUp,
    /// Ctrl-C. It reaches Terraform and its plugins alike.
    Interrupt,
    /// SIGTERM, from `kill` or a CI runner.
    Terminate,
}

#[cfg(unix)]
mod os {
    use tokio::signal::unix::{self, SignalKind};

    use super::{Error, Signal};

    /// Once this exists, the signals in [`Signal`] do nothing by themselves, also after it is dropped.
    pub(crate) struct Signals {
        hang_up: unix::Signal,
        interrupt: unix::Signal,
        terminate: unix::Signal,
    }

    impl Signals {
        pub(crate) fn listen() -> Result<Self, Error> {
            let listen = |kind| unix::signal(kind).map_err(Error::Signals);
            Ok(Self {
                hang_up: listen(SignalKind::hangup())?,
                interrupt: listen(SignalKind::interrupt())?,
                terminate: listen(SignalKind::terminate())?,
            })
        }

        /// The next signal. Cancel safe.
        pub(crate) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.hang_up.recv() => Signal::HangUp,
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
            }
        }
    }
}

#[cfg(windows)]
mod os {
    use tokio::signal::windows::{self, CtrlBreak, CtrlC};

    use super::{Error, Signal};

    /// Once this exists, Ctrl-C and Ctrl-Break do nothing by themselves.
    pub(crate) struct Signals {
        interrupt: CtrlC,
        terminate: CtrlBreak,
    }

    impl Signals {
        pub(crate) fn listen() -> Result<Self, Error> {
            Ok(Self {
                interrupt: windows::ctrl_c().map_err(Error::Signals)?,
                terminate: windows::ctrl_break().map_err(Error::Signals)?,
            })
        }

        /// The next signal. Cancel safe.
        pub(crate) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.terminate.recv() => Signal::Terminate,
            }
        }
    }
}

pub(super) use os::Signals;
