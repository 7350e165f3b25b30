package dev.secateur.protocol;

import java.util.Optional;

/**
 * The address of the coordinator's store of artifacts, and the pass for it.
 *
 * @param url of the API
 * @param pass a bearer token that is valid for artifacts only
 */
public record StoreAccess(String url, String pass) implements ArtifactExchange {
  @Override
  public Optional<StoreAccess> store() {
    return Optional.of(this);
  }

  /** The pass reaches no log. */
  @Override
  public String toString() {
    return "StoreAccess[" + url + "]";
  }
}
