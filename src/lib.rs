//! Dhakira (ذاكرة): a translation memory and glossary for Arabic.
//!
//! The library is the whole service except for its process. `ARCHITECTURE.md` is the map. The
//! engine can be used without a network:
//!
//! ```
//! use dhakira::{
//!     caller::Caller,
//!     clock::SystemClock,
//!     engine::{Deadline, DuplicatePolicy, Engine, LookupOptions, NewCollection},
//!     limits::Limits,
//!     locale::Locale,
//!     name::Name,
//!     segment::Segment,
//!     store::StoreOptions,
//!     unit::{Context, UnitDraft, Variant},
//! };
//!
//! let folder = tempfile::tempdir()?;
//! let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
//! let (engine, _) = Engine::open(folder.path(), &options, Limits::default(), Box::new(SystemClock))?;
//! let caller = Caller::anonymous();
//! let name = Name::parse("news")?;
//! engine.create_memory(&caller, NewCollection::arabic_to_english(name.clone()))?;
//!
//! let source = Variant::new(Locale::arabic(), Segment::plain("وصل الوفد إلى دمشق."));
//! let target = Variant::new(Locale::english(), Segment::plain("The delegation arrived in Damascus."));
//! let unit = UnitDraft::new(source, target);
//! engine.put_units(&caller, &name, vec![unit], DuplicatePolicy::KeepAll)?;
//!
//! let query = Segment::plain("وصل الوفد إلى حمص.");
//! let answer = engine.lookup(&caller, query, Context::default(), &LookupOptions::default(), &Deadline::never())?;
//! let best = &answer.matches[0].ranked.judged_unit;
//! assert_eq!(best.unit.content.target.segment.text, "The delegation arrived in Damascus.");
//! assert_eq!(best.judgement.score.to_string(), "84.21");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access;
pub mod caller;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod fault;
pub mod interchange;
pub mod limits;
pub mod locale;
pub mod matching;
pub mod metrics;
pub mod name;
pub mod rpc;
pub mod score;
pub mod segment;
pub mod server;
pub mod service;
pub mod store;
pub mod term;
pub mod terminology;
pub mod text;
pub mod unit;
