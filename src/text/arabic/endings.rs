//! The endings that Arabic words take, and what they do to the end of the base.

/// The letters to append to a part of a word to get its base, because a suffix changed the base's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RestoredEnding {
    /// Nothing: the base is unchanged.
    Unchanged,
    /// ة (folded to ه), which became ت or was dropped.
    Teh,
    /// ى (folded to ي), which became ا.
    Yeh,
    /// اة, which became ي or و before ات. For example, مباريات has the base مباراة, قنوات has قناة.
    AlefTeh,
    /// ا, which was dropped before ات, or whose hamza is written on another letter. For example, كاميرات has the
    /// base كاميرا, مبدؤهم has مبدأ.
    Alef,
    /// ء, which became و or أ. For example, سماوات has the base سماء, جزأين has جزء.
    Hamza,
}

impl RestoredEnding {
    pub(super) fn letters(self) -> &'static str {
        match self {
            Self::Unchanged => "",
            Self::Teh => "ه",
            Self::Yeh => "ي",
            Self::AlefTeh => "اه",
            Self::Alef => "ا",
            Self::Hamza => "ء",
        }
    }
}

/// Whether a base has ة before a suffix.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TehMarbutaLoss {
    Yes,
    No,
    Perhaps,
}

/// An inflection of a noun.
#[derive(Clone, Copy)]
pub(super) struct NounSuffix {
    pub(super) letters: &'static [char],
    /// Whether it is nominative.
    pub(super) nominative: bool,
    /// Whether the base has ة.
    pub(super) teh: TehMarbutaLoss,
    /// How unlikely it is, compared with the other suffixes.
    pub(super) cost: u8,
}

const fn suffix(letters: &'static [char], nominative: bool, teh: TehMarbutaLoss, cost: u8) -> NounSuffix {
    NounSuffix { letters, nominative, teh, cost }
}

/// Inflections that a noun takes with or without the article. The first one is the feminine plural.
pub(super) const NOUN_SUFFIXES: [NounSuffix; 6] = [
    suffix(&['ا', 'ت'], false, TehMarbutaLoss::Perhaps, 10),
    suffix(&['و', 'ن'], true, TehMarbutaLoss::No, 10),
    suffix(&['ي', 'ن'], false, TehMarbutaLoss::No, 10),
    suffix(&['ا', 'ن'], true, TehMarbutaLoss::No, 20),
    suffix(&['ت', 'ا', 'ن'], true, TehMarbutaLoss::Yes, 10),
    suffix(&['ت', 'ي', 'ن'], false, TehMarbutaLoss::Yes, 10),
];

/// Inflections in the construct state: before a noun in the genitive or before a pronoun.
pub(super) const CONSTRUCT_SUFFIXES: [NounSuffix; 5] = [
    suffix(&['ت', 'ا'], true, TehMarbutaLoss::Yes, 20),
    suffix(&['ت', 'ي'], false, TehMarbutaLoss::Yes, 20),
    suffix(&['ا'], true, TehMarbutaLoss::No, 12),
    suffix(&['و'], true, TehMarbutaLoss::No, 20),
    suffix(&['ي'], false, TehMarbutaLoss::No, 20),
];

/// A pronoun with how unlikely it is: texts have few words for *your*.
pub(super) const PRONOUN_SUFFIXES: [(&[char], u8); 10] = [
    (&['ه'], 15),
    (&['ه', 'ا'], 15),
    (&['ه', 'م'], 15),
    (&['ه', 'م', 'ا'], 20),
    (&['ه', 'ن'], 20),
    (&['ك'], 30),
    (&['ك', 'م'], 30),
    (&['ك', 'م', 'ا'], 30),
    (&['ك', 'ن'], 30),
    (&['ن', 'ا'], 15),
];

/// How unlikely ات is after a noun that has another plural: عملات is the plural of عملة, because that of عمل is أعمال.
pub(super) const ADDED_FEMININE_PLURAL: u8 = 2;

/// How unlikely an inflection before a pronoun is, in addition to both.
pub(super) const INFLECTION_BEFORE_PRONOUN: u8 = 10;

/// How unlikely ه instead of ة at the end of a word is. It is as unlikely as the pronoun ه.
pub const HEH_FOR_TEH_COST: u8 = 15;

/// How unlikely the conjunctions و and ف are. They are frequent, but so are words that begin with these letters.
pub(super) const CONJUNCTION_COST: u8 = 10;

/// How unlikely the prepositions ب and ل are, and the س of the future.
pub(super) const PREPOSITION_COST: u8 = 15;

/// How unlikely ك, *like*, is.
pub(super) const LIKE_COST: u8 = 30;

/// Words in م for things that have the letters of a participle.
const THINGS_IN_MIM: [&str; 16] = [
    "موضوع",
    "مشروع",
    "مجموع",
    "محصول",
    "مضمون",
    "مفهوم",
    "منظور",
    "مستقبل",
    "مستودع",
    "مستشفي",
    "متوسط",
    "منتصف",
    "منتخب",
    "مجتمع",
    "مختبر",
    "مرتفع",
];

/// Returns whether a base before a single ي can be a plural in the construct state (مقاتلي المعارضة), by its pattern.
/// Most words in ي are adjectives (مركزي), so only active and passive participles qualify, and adjectives in ي, which
/// take no second one.
pub(super) fn takes_plural_yeh(base: &[char]) -> bool {
    let is_participle = match base {
        [.., 'ي'] => base.len() > 3,
        // عامل; مقاتل; مسؤول; معتقل, مشترك
        [_, 'ا', _, _] | ['م', _, 'ا', _, _] | ['م', _, _, 'و', _] | ['م', _, 'ت', _, _] => true,
        // مستخدم, مستشار; متظاهر, متمرد
        ['م', 'س', 'ت', ..] => base.len() == 6,
        ['م', 'ت', ..] => base.len() >= 5,
        _ => false,
    };
    is_participle && !THINGS_IN_MIM.iter().any(|thing| thing.chars().eq(base.iter().copied()))
}
