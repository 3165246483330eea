//! The forms of Arabic verbs by their pattern.

use crate::text::fold::folded;

/// Returns the folded stems of a verb: the perfect, the imperfect without the prefix of the person, the
/// imperative of weak verbs, the participles, and the verbal noun except that of a simple verb, which follows no rule.
///
/// The verb is written in the perfect, third person, with its hamza and with the shadda of the patterns فعّل
/// and تفعّل, because the pattern is read from these. For example, «أغلق» has the stems اغلق, غلق (in يغلق),
/// مغلق and إغلاق, «فعّل» has فعل, مفعل and تفعيل.
#[must_use]
pub(super) fn verb_stems(verb: &str) -> Vec<String> {
    let has_shadda = verb.contains('\u{0651}');
    let is_fourth = verb.starts_with('أ');
    let perfect = folded(verb);
    let letters: Vec<char> = perfect.chars().collect();
    let mut found = vec![perfect.clone()];
    // A final ى is dropped before an ending: نفى, نفوا, نفت.
    if let Some(weak) = perfect.strip_suffix('ي') {
        found.extend([format!("{weak}وا"), format!("{weak}ت")]);
    }
    match letters.as_slice() {
        // فعّل: يفعّل, تفعيل, مفعّل; غطّى: يغطي, تغطية
        [a, b, c] if has_shadda => {
            let noun = if *c == 'ي' { format!("ت{a}{b}ي") } else { format!("ت{a}{b}ي{c}") };
            found.extend([noun, format!("م{a}{b}{c}")]);
        }
        // أضاف: يضيف, إضافة, مضيف, مضاف
        ['ا', a, 'ا', c] if is_fourth => {
            found.extend([format!("{a}ي{c}"), format!("ا{a}ا{c}"), format!("م{a}ي{c}"), format!("م{a}ا{c}")]);
            // The imperative drops the weak letter: أضف.
            found.push(format!("ا{a}{c}"));
        }
        // أخفى: يخفي, إخفاء, مخفي
        ['ا', a, b, 'ي'] if is_fourth => {
            found.extend([format!("{a}{b}ي"), format!("ا{a}{b}اء"), format!("م{a}{b}ي")]);
            // Imperative: أخفِ.
            found.push(format!("ا{a}{b}"));
        }
        // أغلق: يغلق, إغلاق, مغلق; أوقف: يوقف, إيقاف, موقف
        ['ا', a, b, c] if is_fourth => {
            let first = if *a == 'و' { 'ي' } else { *a };
            found.extend([format!("{a}{b}{c}"), format!("ا{first}{b}ا{c}"), format!("م{a}{b}{c}")]);
        }
        // شاهد: يشاهد, مشاهدة, مشاهد
        [a, 'ا', b, c] => found.push(format!("م{a}ا{b}{c}")),
        // استورد: يستورد, استيراد, مستورد; استقال: يستقيل, استقالة
        ['ا', 'س', 'ت', a, b, c] => {
            let (first, last) = (if *a == 'و' { 'ي' } else { *a }, if *c == 'ي' { 'ء' } else { *c });
            if *b == 'ا' {
                found.extend([format!("ست{a}ي{c}"), format!("مست{a}ي{c}"), format!("است{a}ا{c}")]);
            } else {
                found.extend([
                    format!("ست{a}{b}{c}"),
                    format!("مست{a}{b}{c}"),
                    format!("است{first}{b}ا{last}"),
                ]);
            }
        }
        // ارتفع: يرتفع, ارتفاع, مرتفع; اختار: يختار, اختيار; اشترى: يشتري, اشتراء
        ['ا', a, b, c, d] => {
            found.extend([format!("{a}{b}{c}{d}"), format!("م{a}{b}{c}{d}")]);
            // The noun, and of weak verbs the imperative: اختر, اشترِ.
            match (*c, *d) {
                ('ا', _) => found.extend([format!("ا{a}{b}يا{d}"), format!("ا{a}{b}{d}")]),
                (_, 'ي') => found.extend([format!("ا{a}{b}{c}اء"), format!("ا{a}{b}{c}")]),
                _ => found.push(format!("ا{a}{b}{c}ا{d}")),
            }
        }
        // تقدّم: يتقدم, تقدم, متقدم; تراجع: متراجع
        ['ت', rest @ ..] if letters.len() == 4 && has_shadda || letters.len() == 5 => {
            found.push(format!("مت{}", rest.iter().collect::<String>()));
        }
        // فتح: فاتح, مفتوح
        [a, b, c] if *b != 'ا' && !matches!(c, 'ا' | 'ي') => {
            found.extend([format!("{a}ا{b}{c}"), format!("م{a}{b}و{c}")]);
        }
        // طوى: يطوي, اطوِ
        [a, b, 'ي'] if *b != 'ا' => found.push(format!("ا{a}{b}")),
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::verb_stems;
    use crate::text::folded;

    #[test]
    fn verbs_have_the_forms_of_their_patterns() {
        for (verb, forms) in [
            ("فعّل", "تفعيل مفعل"),
            ("غطّى", "تغطي مغطي"),
            ("أغلق", "غلق إغلاق مغلق"),
            ("أوقف", "وقف إيقاف موقف"),
            ("أضاف", "ضيف إضاف مضاف أضف"),
            ("أخفى", "خفي إخفاء مخفي أخف"),
            ("طوى", "طوي اطو"),
            ("قاوم", "مقاوم"),
            ("ارتفع", "رتفع ارتفاع مرتفع"),
            ("اختار", "ختار اختيار مختار اختر"),
            ("اشترى", "شتري اشتراء مشتري اشتر"),
            ("استورد", "ستورد استيراد مستورد"),
            ("استقال", "ستقيل استقال مستقيل"),
            ("تقدّم", "متقدم"),
            ("تراجع", "متراجع"),
            ("فتح", "فاتح مفتوح"),
        ] {
            let stems = verb_stems(verb);
            for form in forms.split(' ').map(folded) {
                assert!(stems.contains(&form), "{verb}: {form} is not in {stems:?}");
            }
        }
    }
}
