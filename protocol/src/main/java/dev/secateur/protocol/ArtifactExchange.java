package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Where nodes exchange artifacts; written as the access to the store, or null. */
public sealed interface ArtifactExchange permits StoreAccess, ArtifactExchange.SharedFolder {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static ArtifactExchange read(StoreAccess store) {
    return store;
  }

  /** In a folder that all nodes have. */
  record SharedFolder() implements ArtifactExchange {
    @JsonValue
    StoreAccess written() {
      return null;
    }
  }
}
