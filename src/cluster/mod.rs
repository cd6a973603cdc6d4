//! Many machines: handing a job to an engine that starts workers, and what a worker learns from the engine that started
//! it. The engine schedules, limits, retries and kills; the job's folder is all that workers share.

mod place;

pub use place::{Place, ShardUnknown};
