//! Whose texts are printed.

/// The release of OpenSSL whose texts are printed where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reference {
    /// 3.0.
    #[default]
    V3_0,
    /// 3.1.
    V3_1,
    /// 3.2.
    V3_2,
    /// 3.3 and 3.4.
    V3_3,
    /// 3.5.
    V3_5,
    /// 3.6.
    V3_6,
    /// 4.0.
    V4_0,
}

impl Reference {
    /// The release's number, as in `3.0`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
            Self::V3_3 => "3.3",
            Self::V3_5 => "3.5",
            Self::V3_6 => "3.6",
            Self::V4_0 => "4.0",
        }
    }
}
