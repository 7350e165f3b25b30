package dev.secateur.actors.client;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The last error of each address that gave no answer. */
final class Outage {
  private final Map<URI, NoAnswer> said = new LinkedHashMap<>();

  void add(URI address, NoAnswer failure) {
    said.put(address, failure);
  }

  /** Whether to ask again is of no use. */
  boolean isLasting() {
    return said.values().stream().allMatch(each -> each.kind() == NoAnswer.Kind.UNTRUSTED);
  }

  @Override
  public String toString() {
    return said.entrySet().stream()
        .map(each -> each.getKey() + " (" + each.getValue().getMessage() + ")")
        .collect(Collectors.joining(", ", "no coordinator answers at ", ""));
  }

  /** For users. */
  IOException failure(NoAnswer last) {
    String start = "; start one with 'secateur node --role coordinator'";
    boolean refused =
        said.values().stream().allMatch(each -> each.kind() == NoAnswer.Kind.UNREACHABLE);
    return new IOException(this + (refused ? start : ""), last);
  }
}
