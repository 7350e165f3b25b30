package dev.secateur.coordinator.config;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The source of the values of keys: a section of a configuration, or options. */
public interface Values {
  /** A value, if there is one and it is allowed. */
  <T> Optional<T> find(Key<T> key);

  /**
   * The elements of a list; the default, or none, where the key is missing.
   *
   * @param check may throw an {@link dev.secateur.protocol.InputException}
   */
  <T> List<T> list(Key<T> key, UnaryOperator<T> check);

  default <T> List<T> list(Key<T> key) {
    return list(key, element -> element);
  }

  /** A value of a key that has a default. */
  default <T> T get(Key<T> key) {
    return find(key).or(key::otherwise).orElseThrow();
  }
}
