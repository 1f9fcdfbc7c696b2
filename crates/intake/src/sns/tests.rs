//! Signatures of SNS.
