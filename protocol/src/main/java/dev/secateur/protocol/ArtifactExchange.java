package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;

/** Where nodes exchange artifacts; written as the access to the store, or null. */
public sealed interface ArtifactExchange permits StoreAccess, ArtifactExchange.SharedFolder {
  /** The store, unless artifacts are exchanged in a folder. */
  Optional<StoreAccess> store();

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static ArtifactExchange read(StoreAccess store) {
    return store;
  }

  /** In a folder that all nodes have. */
  record SharedFolder() implements ArtifactExchange {
    @Override
    public Optional<StoreAccess> store() {
      return Optional.empty();
    }

    @JsonValue
    StoreAccess written() {
      return null;
    }
  }
}
