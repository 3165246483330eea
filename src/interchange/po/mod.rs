//! gettext catalogues (PO). Each translated message is a unit; a message with plural forms makes a
//! unit of each form. The formula of the header gives the forms their meaning ([`plurals`]), and a
//! property of the units ([`plural_role`]) lets an export write one message of them again. A fuzzy
//! translation is a unit that nobody has confirmed ([`changed_message`]).
//!
//! The header's `Language` is the language of the translations. If it is the memory's source
//! language, source and target are swapped.

mod changed_message;
mod directives;
mod entry;
mod formula;
mod plural_role;
mod plurals;
mod read;
mod strings;
mod write;

pub(crate) use changed_message::MessageTexts;
pub(crate) use directives::keeps_arguments;
pub use plural_role::plural_forms;
pub(crate) use plurals::category_names;
pub(crate) use read::PoReader;
pub(crate) use strings::quoted;
pub(crate) use write::PoWriter;
