package dev.secateur.coordinator.json;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;

/**
 * The mappers of the control plane's JSON. What the API answers and what stage keys are made of
 * have mappers of their own, as their text is part of a contract.
 */
public final class Json {
  /** Of trees and records; an absent {@code Optional} is null, and unknown fields are refused. */
  public static final ObjectMapper MAPPER = new ObjectMapper().registerModule(new Jdk8Module());

  /** The same for files of other versions: unknown fields are passed over. */
  public static final ObjectMapper TOLERANT =
      MAPPER.copy().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private Json() {}
}
