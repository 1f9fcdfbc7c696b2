//! Identifiers in AWS's notations, derived from names so that making a scenario twice gives the same bytes.

/// Makes the identifiers of one scenario.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    /// The scenario's number: the same names give other identifiers in another scenario.
    salt: u64,
}

impl Ids {
    pub(super) fn new(salt: u64) -> Self {
        Self { salt }
    }

    /// A number as good as random, always the same for the same name (FNV-1a, finished as in SplitMix64).
    pub(super) fn number(&self, name: &str) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }

    /// `sg-0` and sixteen hexadecimal digits: EC2's long form.
    pub(super) fn id(&self, prefix: &str, name: &str) -> String {
        format!("{prefix}-0{:016x}", self.number(&format!("{prefix} {name}")))
    }

    /// Sixteen hexadecimal digits, as at the end of load balancer ARNs.
    pub(super) fn hex(&self, name: &str) -> String {
        format!("{:016x}", self.number(name))
    }

    /// A version 4 UUID, as CloudTrail's event ids.
    pub(super) fn uuid(&self, name: &str) -> String {
        let high = self.number(&format!("{name} high"));
        let low = self.number(&format!("{name} low"));
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            ((low >> 48) & 0x3fff) | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// `prefix` and capital letters and digits, as in principal ids and access keys.
    pub(super) fn capitals(&self, prefix: &str, name: &str, length: usize) -> String {
        let letters: Vec<char> = ('A'..='Z').chain('2'..='7').collect();
        let mut rest = self.number(&format!("{prefix} {name}"));
        let mut text = prefix.to_owned();
        for _ in 0..length {
            text.extend(letters.get((rest & 31) as usize));
            rest = rest.rotate_right(5) ^ rest.wrapping_mul(0x9e37_79b9);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn looks_like_aws_and_depends_on_scenario_and_name_only() {
        let ids = Ids::new(101);
        let id = ids.id("sg", "app");
        assert_eq!((id.len(), id.as_str()), (20, Ids::new(101).id("sg", "app").as_str()));
        assert_ne!(id, Ids::new(102).id("sg", "app"));
        assert_ne!(id, ids.id("sg", "db"));
        let uuid = ids.uuid("event");
        assert_eq!((uuid.len(), uuid.split('-').count()), (36, 5));
    }
}
