package dev.secateur.compensation;

/** The part of the model that an affine map belongs to, which decides which tokens it reads. */
sealed interface Owner {
  /** The block itself: the map reads all tokens. */
  record Block() implements Owner {}

  /** An expert: the map reads the tokens that are routed to it, and its output is mixed. */
  record Expert(int number) implements Owner {}

  default boolean isExpert() {
    return this instanceof Expert;
  }
}
