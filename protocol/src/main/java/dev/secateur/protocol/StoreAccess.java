package dev.secateur.protocol;

/**
 * Where the coordinator's store of artifacts is, and what opens it.
 *
 * @param url of the API
 * @param pass a bearer token for artifacts alone
 */
public record StoreAccess(String url, String pass) {
  /** The pass reaches no log. */
  @Override
  public String toString() {
    return "StoreAccess[" + url + "]";
  }
}
