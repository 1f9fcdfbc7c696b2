//! Compression, each text by itself so that it can be read by itself, with another one as dictionary.
//!
//! A security group compresses to a third; told what another security group looks like, to a tenth: names of members
//! and most values are in the dictionary.

use crate::error::{Error, Result};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// How far back deflate can refer (RFC 1951, section 2): more of a dictionary is of no use.
const WINDOW_BYTES: usize = 32 * 1024;

/// Bytes a text may have when unpacked; more means that the database is damaged.
const TEXT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Raw deflate (RFC 1951): a zlib header would cost eight bytes an item.
pub(crate) fn pack(text: &[u8], dictionary: &[u8]) -> Result<Vec<u8>> {
    let failed = |what: String| Error::damaged(format!("a text cannot be compressed ({what})"));
    let mut packer = Compress::new(Compression::best(), false);
    if !dictionary.is_empty() {
        packer.set_dictionary(tail(dictionary)).map_err(|error| failed(error.to_string()))?;
    }
    // Deflate adds five bytes for each 16 KB it cannot compress.
    let mut out = Vec::with_capacity(text.len() / 4 + 64);
    loop {
        let done = usize::try_from(packer.total_in()).unwrap_or(usize::MAX);
        let rest = text.get(done..).unwrap_or_default();
        let status = packer
            .compress_vec(rest, &mut out, FlushCompress::Finish)
            .map_err(|error| failed(error.to_string()))?;
        if status == Status::StreamEnd {
            return Ok(out);
        }
        out.reserve(out.len().max(64));
    }
}

/// The inverse of [`pack`].
pub(crate) fn unpack(packed: &[u8], dictionary: &[u8]) -> Result<Vec<u8>> {
    let failed = || Error::damaged("a compressed text cannot be read");
    let mut unpacker = Decompress::new(false);
    if !dictionary.is_empty() {
        unpacker.set_dictionary(tail(dictionary)).map_err(|_| failed())?;
    }
    let mut out = Vec::with_capacity(packed.len() * 4 + 64);
    loop {
        let (read, written) = (unpacker.total_in(), unpacker.total_out());
        let rest = packed.get(usize::try_from(read).unwrap_or(usize::MAX)..).unwrap_or_default();
        let status =
            unpacker.decompress_vec(rest, &mut out, FlushDecompress::Finish).map_err(|_| failed())?;
        if status == Status::StreamEnd {
            return Ok(out);
        }
        let stuck =
            out.len() < out.capacity() && (read, written) == (unpacker.total_in(), unpacker.total_out());
        if stuck || out.len() > TEXT_BYTES_MAX {
            return Err(failed());
        }
        out.reserve(out.len().max(64));
    }
}

fn tail(dictionary: &[u8]) -> &[u8] {
    dictionary.get(dictionary.len().saturating_sub(WINDOW_BYTES)..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_packed_comes_out_again(
            text in proptest::collection::vec(any::<u8>(), 0..5000),
            dictionary in proptest::collection::vec(any::<u8>(), 0..5000),
        ) {
            let packed = pack(&text, &dictionary).unwrap();
            prop_assert_eq!(unpack(&packed, &dictionary).unwrap(), text);
        }

        #[test]
        fn garbage_is_refused_or_read_but_never_a_panic(packed in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = unpack(&packed, b"dictionary");
        }
    }

    #[test]
    fn a_dictionary_helps_and_a_long_one_does_no_harm() {
        let text = r#"{"GroupId":"sg-1","IpPermissions":[{"FromPort":443,"IpProtocol":"tcp"}]}"#.repeat(2);
        let long = "x".repeat(100_000) + &text;
        let (alone, helped) =
            (pack(text.as_bytes(), b"").unwrap(), pack(text.as_bytes(), long.as_bytes()).unwrap());
        assert!(helped.len() * 4 < alone.len(), "{} {}", helped.len(), alone.len());
        assert_eq!(unpack(&helped, long.as_bytes()).unwrap(), text.as_bytes());
    }
}
