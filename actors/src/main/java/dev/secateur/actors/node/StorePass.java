package dev.secateur.actors.node;

import java.security.SecureRandom;
import java.util.HexFormat;

/** What opens a coordinator's store of artifacts to workers; as text it does not show. */
public record StorePass(String value) {
  static StorePass random() {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    return new StorePass(HexFormat.of().formatHex(secret));
  }

  @Override
  public String toString() {
    return "StorePass";
  }
}
