package dev.secateur.actors.leadership;

import akka.actor.Address;

/** Addresses as people write them. */
final class HostPort {
  private HostPort() {}

  static String of(Address address) {
    return address.host().get() + ":" + address.port().get();
  }
}
