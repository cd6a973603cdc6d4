//! What of a submission is genmedia's own, and not the user's.

/// Options of `sbatch` by which it would be another submission than this one.
const OWN: [&str; 24] = [
    "--array",
    "-a",
    "--dependency",
    "-d",
    "--wrap",
    "--output",
    "-o",
    "--chdir",
    "-D",
    "--job-name",
    "-J",
    "--parsable",
    "--quiet",
    "-Q",
    "--wait",
    "-W",
    "--test-only",
    "--open-mode",
    "--version",
    "-V",
    "--help",
    "-h",
    "--usage",
    "--no-requeue",
];

/// Variables by which `sbatch` would make another submission of it.
pub(super) const VARIABLES: [&str; 7] = [
    "SBATCH_ARRAY_INX",
    "SBATCH_DEPENDENCY",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_SIGNAL",
    "SBATCH_WAIT",
];

/// Looks whether options of the user's can stand beside those of genmedia.
///
/// # Errors
/// One cannot, in a line.
pub fn check_options(options: &[String]) -> Result<(), String> {
    // Long options may be shortened.
    let is = |option: &str, own: &str| match own.starts_with("--") {
        true => {
            let typed = option.split('=').next().unwrap_or_default();
            typed.len() > 3 && own.starts_with(typed)
        }
        false => option.starts_with(own) && !option.starts_with("--"),
    };
    for option in options {
        if let Some(own) = OWN.iter().find(|own| is(option, own)) {
            let way_out = match *own {
                "--array" | "-a" => "; --parallelism says how many workers run at once",
                _ => "",
            };
            return Err(format!("{own} is set by genmedia itself{way_out}"));
        }
    }
    Ok(())
}
