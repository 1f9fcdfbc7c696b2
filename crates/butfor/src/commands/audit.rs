//! `butfor audit`: whether the service's audit log is as it was written.

use crate::cli::{Audit, AuditAction, Database};
use crate::output::{self, Outcome};
use butfor_store::{AuditCheck, Store};

pub(super) fn run(asked: &Audit) -> anyhow::Result<Outcome> {
    let AuditAction::Verify(database) = &asked.action;
    let check = crate::live::runtime()?
        .block_on(async { anyhow::Ok(open(database).await?.verify_audit(None).await?) })?;
    match check {
        AuditCheck::Sound(head) => {
            output::print(&format!("sound: {} rows, head {}\n", head.seq, head.digest))?;
            Ok(Outcome::Done)
        }
        AuditCheck::Broken { seq, what } => {
            output::print(&format!("broken at row {seq}: {what}\n"))?;
            Ok(Outcome::BadInput)
        }
    }
}

/// The service's store, which must be there.
pub(super) async fn open(asked: &Database) -> anyhow::Result<Store> {
    crate::serve::open_store(asked).await
}
