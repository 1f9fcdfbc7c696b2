//! The bytes that one investigation may read: used up, the next answer is a gap.

use butfor_incident::Query;
use butfor_ports::{Answered, Failure, Fetching, Source};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A source that counts what it gives. Clones of `used` share one budget.
pub(crate) struct Metered {
    pub(crate) inner: Arc<dyn Source>,
    pub(crate) used: Arc<AtomicU64>,
    pub(crate) bytes_max: u64,
}

impl Source for Metered {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn serves(&self, query: &Query) -> bool {
        self.inner.serves(query)
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        Box::pin(async move {
            if self.used.load(Ordering::Relaxed) >= self.bytes_max {
                let message = format!("not asked: the budget of {} bytes is used up", self.bytes_max);
                return Err(Failure { code: "OverBudget".to_owned(), message });
            }
            let answer = self.inner.fetch(query).await?;
            self.used.fetch_add(size(&answer), Ordering::Relaxed);
            Ok(answer)
        })
    }
}

fn size(answer: &Answered) -> u64 {
    let bytes = match answer {
        Answered::Pages(pages) => pages.iter().map(|page| page.len()).sum(),
        Answered::Files(files) => files.iter().map(|file| file.bytes.len()).sum::<usize>(),
        Answered::Part(part, _) => return size(part),
    };
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ten;

    impl Source for Ten {
        fn name(&self) -> &'static str {
            "ten"
        }

        fn serves(&self, _: &Query) -> bool {
            true
        }

        fn fetch<'a>(&'a self, _: &'a Query) -> Fetching<'a> {
            Box::pin(async { Ok(Answered::Pages(vec!["0123456789".into()])) })
        }
    }

    #[test]
    fn what_does_not_fit_is_over_budget() {
        let runtime = crate::live::runtime().unwrap();
        let query = Query {
            account: String::new(),
            region: String::new(),
            service: "ec2".into(),
            operation: "DescribeVpcs".into(),
            parameters: "{}".into(),
        };
        let source = Metered { inner: Arc::new(Ten), used: Arc::default(), bytes_max: 15 };
        let codes: Vec<Option<String>> = (0..3)
            .map(|_| runtime.block_on(source.fetch(&query)).err().map(|failure| failure.code))
            .collect();
        assert_eq!(codes, [None, None, Some("OverBudget".to_owned())]);
    }
}
