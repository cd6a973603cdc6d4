//! Points of the write order at which tests kill the process, and conditions that tests ask for. Not compiled
//! into other builds.

/// Kills the process here if the test asks for it in `FAILPOINTS` (`NAME=3*off->return`: the
/// fourth time that it comes by). Nothing at all without the feature `failpoints`.
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::crash::here($name);
    };
}

pub(crate) use crash_point;

/// Reads `FAILPOINTS`; to be kept until the process ends.
#[cfg(feature = "failpoints")]
pub fn setup() -> impl Drop {
    fail::FailScenario::setup()
}

/// Dies as by `kill -9`, if asked to.
#[cfg(feature = "failpoints")]
pub(crate) fn here(name: &str) {
    if fail::eval(name, |_| ()).is_some() {
        let _ = signal_hook::low_level::raise(signal_hook::consts::SIGKILL);
    }
}

/// True if the test asks for something that this machine cannot show otherwise.
pub(crate) fn is_asked(name: &str) -> bool {
    #[cfg(feature = "failpoints")]
    return fail::eval(name, |_| ()).is_some();
    #[cfg(not(feature = "failpoints"))]
    {
        let _ = name;
        false
    }
}
