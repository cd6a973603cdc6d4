//! What the variables of an engine say of the worker that it started.

use crate::jobs::shards::Shard;

/// Where a worker stands among others, by the variables that engines set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Its part; `None` outside of engines.
    pub shard: Option<Shard>,
    /// What the engine calls it: `slurm 1234_3`.
    pub task: Option<String>,
    /// Cores that the engine gave it, if it says.
    pub cores: Option<usize>,
}

/// True if an engine started this process, and nobody waits for what it says.
pub fn is_by_engine() -> bool {
    const SIGNS: [&str; 7] = [
        "SLURM_JOB_ID",
        "KUBERNETES_SERVICE_HOST",
        "SGE_TASK_ID",
        "LSB_JOBID",
        "PBS_JOBID",
        "PBS_ARRAY_INDEX",
        "AWS_BATCH_JOB_ID",
    ];
    SIGNS.iter().any(|sign| std::env::var_os(sign).is_some())
}

/// The variables do not say which part a worker is to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardUnknown {
    /// They say which, and not of how many.
    #[error(
        "{0} is {1}, and nothing says of how many parts that is; set GENMEDIA_SHARDS, or give --shard K/N"
    )]
    Uncounted(&'static str, u64),
    /// They say one that there is not.
    #[error("{0} is {1}, which is none of {2} parts; mend GENMEDIA_SHARDS, or give --shard K/N")]
    Outside(&'static str, u64, u64),
    /// One is no number.
    #[error("{0} is '{1}', which is no number; mend it, or give --shard K/N")]
    NoNumber(&'static str, String),
}

/// The variables of an engine's arrays: the number of a task, the first and the last number, and the step between them.
struct Array {
    engine: &'static str,
    job: &'static str,
    number: &'static str,
    first: Option<&'static str>,
    last: Option<&'static str>,
    step: Option<&'static str>,
    /// How many there are, where the last is not told.
    count: Option<&'static str>,
}

/// Slurm, Grid Engine, LSF, PBS, Torque, Kubernetes and AWS Batch, by their manuals.
const ARRAYS: [Array; 7] = [
    Array {
        engine: "slurm",
        job: "SLURM_ARRAY_JOB_ID",
        number: "SLURM_ARRAY_TASK_ID",
        first: Some("SLURM_ARRAY_TASK_MIN"),
        last: Some("SLURM_ARRAY_TASK_MAX"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
        count: None,
    },
    Array {
        engine: "sge",
        job: "JOB_ID",
        number: "SGE_TASK_ID",
        first: Some("SGE_TASK_FIRST"),
        last: Some("SGE_TASK_LAST"),
        step: Some("SGE_TASK_STEPSIZE"),
        count: None,
    },
    Array {
        engine: "lsf",
        job: "LSB_JOBID",
        number: "LSB_JOBINDEX",
        first: None,
        last: Some("LSB_JOBINDEX_END"),
        step: Some("LSB_JOBINDEX_STEP"),
        count: None,
    },
    Array {
        engine: "pbs",
        job: "PBS_ARRAY_ID",
        number: "PBS_ARRAY_INDEX",
        first: None,
        last: None,
        step: None,
        count: None,
    },
    Array {
        engine: "pbs",
        job: "PBS_JOBID",
        number: "PBS_ARRAYID",
        first: None,
        last: None,
        step: None,
        count: None,
    },
    Array {
        engine: "kubernetes",
        job: "HOSTNAME",
        number: "JOB_COMPLETION_INDEX",
        first: None,
        last: None,
        step: None,
        count: None,
    },
    Array {
        engine: "batch",
        job: "AWS_BATCH_JOB_ID",
        number: "AWS_BATCH_JOB_ARRAY_INDEX",
        first: None,
        last: None,
        step: None,
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
    },
];

/// The variable that says how many parts there are, where the engine does not.
const SHARDS: &str = "GENMEDIA_SHARDS";

impl Place {
    /// By the variables of this process.
    ///
    /// # Errors
    /// They do not say which part of how many.
    pub fn here() -> Result<Self, ShardUnknown> {
        Self::by(&|name| std::env::var(name).ok())
    }

    fn by(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ShardUnknown> {
        let number = |name: &str| get(name)?.trim().parse::<u64>().ok();
        let checked = |name: &'static str| match get(name).as_deref().map(str::trim) {
            // Grid Engine's word outside of arrays.
            None | Some("" | "undefined") => Ok(None),
            Some(text) => match text.parse::<u64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(ShardUnknown::NoNumber(name, text.into())),
            },
        };
        let count =
            |name: &str| number(name).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let mut place = Self {
            cores: count("SLURM_CPUS_PER_TASK")
                .or_else(|| count("NSLOTS"))
                .or_else(|| count("LSB_DJOB_NUMPROC")),
            ..Self::default()
        };
        // The steps of a Slurm job are numbered as well.
        let tasks =
            number("SLURM_NTASKS").zip(number("SLURM_PROCID")).filter(|(of, task)| task < of);
        let (tasks, task) = tasks.unwrap_or((1, 0));
        let is_slurm = number("SLURM_JOB_ID").is_some();
        let mut array = None;
        for known in &ARRAYS {
            // LSF's number outside of arrays.
            let is_one = |value: &u64| known.engine != "lsf" || *value > 0;
            array = array.or(checked(known.number)?.filter(is_one).map(|value| (known, value)));
        }
        let shards = checked(SHARDS)?;
        let (part, of) = match array {
            None => (0, 1),
            Some((array, value)) => {
                let named = |name: Option<&str>| name.and_then(number);
                let from_one = matches!(array.engine, "sge" | "lsf");
                let first = named(array.first).unwrap_or(u64::from(from_one));
                let step = named(array.step).unwrap_or(1).max(1);
                let of = shards
                    .or_else(|| named(array.count))
                    .or_else(|| Some((named(array.last)?.checked_sub(first)?) / step + 1))
                    .ok_or(ShardUnknown::Uncounted(array.number, value))?;
                let job = get(array.job).unwrap_or_default();
                place.task = Some(match array.engine {
                    // A pod that takes the place of another has another name, and the same number.
                    "kubernetes" => {
                        format!("kubernetes {} {value}", get("GENMEDIA_JOB").unwrap_or_default())
                    }
                    engine => format!("{engine} {job}_{value}"),
                });
                match value.checked_sub(first).map(|part| part / step) {
                    Some(part) if part < of => (part, of),
                    _ => return Err(ShardUnknown::Outside(array.number, value, of)),
                }
            }
        };
        if array.is_some() || is_slurm && tasks > 1 {
            place.shard = Shard::new(part * tasks + task, of * tasks);
        }
        if is_slurm && tasks > 1 {
            let job = place
                .task
                .unwrap_or_else(|| format!("slurm {}", get("SLURM_JOB_ID").unwrap_or_default()));
            place.task = Some(format!("{job}.{task}"));
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(variables: &[(&str, &str)]) -> Result<Place, ShardUnknown> {
        Place::by(&|name| {
            variables.iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn engines_say_which_part() {
        type Variables = &'static [(&'static str, &'static str)];
        let cases: [(Variables, &str, &str); 6] = [
            (
                &[
                    ("SLURM_JOB_ID", "9"),
                    ("SLURM_ARRAY_JOB_ID", "7"),
                    ("SLURM_ARRAY_TASK_ID", "3"),
                    ("SLURM_ARRAY_TASK_MIN", "1"),
                    ("SLURM_ARRAY_TASK_MAX", "64"),
                    ("SLURM_ARRAY_TASK_STEP", "1"),
                ],
                "3/64",
                "slurm 7_3",
            ),
            (
                &[
                    ("SLURM_JOB_ID", "9"),
                    ("SLURM_ARRAY_JOB_ID", "7"),
                    ("SLURM_ARRAY_TASK_ID", "4"),
                    ("SLURM_ARRAY_TASK_MIN", "0"),
                    ("SLURM_ARRAY_TASK_MAX", "6"),
                    ("SLURM_ARRAY_TASK_STEP", "2"),
                    ("SLURM_NTASKS", "2"),
                    ("SLURM_PROCID", "1"),
                ],
                "6/8",
                "slurm 7_4.1",
            ),
            (
                &[("SLURM_JOB_ID", "9"), ("SLURM_NTASKS", "4"), ("SLURM_PROCID", "0")],
                "1/4",
                "slurm 9.0",
            ),
            (
                &[
                    ("SGE_TASK_ID", "2"),
                    ("SGE_TASK_FIRST", "1"),
                    ("SGE_TASK_LAST", "10"),
                    ("JOB_ID", "5"),
                ],
                "2/10",
                "sge 5_2",
            ),
            (
                &[("JOB_COMPLETION_INDEX", "0"), ("GENMEDIA_SHARDS", "8"), ("GENMEDIA_JOB", "sea")],
                "1/8",
                "kubernetes sea 0",
            ),
            (
                &[("AWS_BATCH_JOB_ARRAY_INDEX", "9"), ("AWS_BATCH_JOB_ARRAY_SIZE", "10")],
                "10/10",
                "batch _9",
            ),
        ];
        for (variables, shard, task) in cases {
            let place = place(variables).expect("known");
            assert_eq!(place.shard.map(|s| s.to_string()).as_deref(), Some(shard), "{variables:?}");
            assert_eq!(place.task.as_deref(), Some(task), "{variables:?}");
        }
        assert_eq!(
            place(&[("SLURM_JOB_ID", "9"), ("SLURM_NTASKS", "1"), ("SLURM_PROCID", "0")]),
            Ok(Place::default())
        );
        let cores = place(&[("SLURM_CPUS_PER_TASK", "6")]).expect("known").cores;
        assert_eq!(cores, Some(6));
        let unknown = place(&[("PBS_ARRAY_INDEX", "3")]).expect_err("not of how many");
        assert!(unknown.to_string().contains("PBS_ARRAY_INDEX is 3"), "{unknown}");
        // What they say outside of arrays.
        let outside =
            [("SGE_TASK_ID", "undefined"), ("LSB_JOBINDEX", "0"), ("GENMEDIA_SHARDS", "")];
        assert_eq!(place(&outside), Ok(Place::default()));
        let index = ("JOB_COMPLETION_INDEX", "8");
        for (variables, said) in [
            (
                [index, ("GENMEDIA_SHARDS", "8")],
                "JOB_COMPLETION_INDEX is 8, which is none of 8 parts",
            ),
            ([index, ("GENMEDIA_SHARDS", "abc")], "GENMEDIA_SHARDS is 'abc'"),
            (
                [("JOB_COMPLETION_INDEX", "-1"), ("GENMEDIA_SHARDS", "8")],
                "JOB_COMPLETION_INDEX is '-1'",
            ),
        ] {
            let unknown = place(&variables).expect_err("no part").to_string();
            assert!(unknown.contains(said), "{unknown}");
        }
    }
}
