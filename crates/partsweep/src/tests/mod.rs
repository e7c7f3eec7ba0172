//! What a person sees, held as pictures.

mod pictures;
