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

/// Options of `sbatch` that take no word of their own; of the short ones several may be written in one.
const BARE: [&str; 13] = [
    "--contiguous",
    "--exclusive",
    "--get-user-env",
    "--hold",
    "--ignore-pbs",
    "--nice",
    "--overcommit",
    "--oversubscribe",
    "--reboot",
    "--requeue",
    "--spread-job",
    "--use-min-nodes",
    "--verbose",
];
const BARE_LETTERS: &str = "HOskvQWVhu";

/// The short options that are written in one word.
fn letters(option: &str) -> impl Iterator<Item = char> {
    let own = option.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
    // The first that takes a value has the rest for it.
    let mut goes_on = true;
    own.chars()
        .take_while(move |letter| std::mem::replace(&mut goes_on, BARE_LETTERS.contains(*letter)))
}

/// True if the word behind an option may be its value.
fn may_take_value(option: &str) -> bool {
    match option.starts_with("--") {
        true => {
            let is = |bare: &&str| option.len() > 3 && bare.starts_with(option);
            !option.contains('=') && !BARE.iter().any(is)
        }
        false => {
            let last = letters(option).last().unwrap_or_default();
            option.ends_with(last) && !BARE_LETTERS.contains(last)
        }
    }
}

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
    // Long options may be shortened, short ones written together.
    let is = |option: &str, own: &str| match own.starts_with("--") {
        true => {
            let typed = option.split('=').next().unwrap_or_default();
            typed.len() > 3 && own.starts_with(typed)
        }
        false => letters(option).any(|letter| own.ends_with(letter)),
    };
    let mut takes_value = false;
    for option in options {
        let is_value = std::mem::replace(&mut takes_value, false) && !option.starts_with('-');
        if is_value {
            continue;
        }
        if !option.starts_with('-') || option == "-" || option == "--" {
            return Err(format!(
                "'{option}' is no option, and sbatch would take it for its script"
            ));
        }
        takes_value = may_take_value(option);
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
