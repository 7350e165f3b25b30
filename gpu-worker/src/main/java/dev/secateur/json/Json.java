package dev.secateur.json;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;

/**
 * The mapper of JSON that Secateur itself writes; user files are read by {@link
 * dev.secateur.input.JsonFile}.
 */
public final class Json {
  /** Of trees and records; an absent {@code Optional} is null. */
  public static final ObjectMapper MAPPER = new ObjectMapper().registerModule(new Jdk8Module());

  private Json() {}

  /** An empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }
}
