package dev.secateur.coordinator.http;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names that this node goes by: localhost, its own addresses, the machine's name, and those of
 * its settings. A browser that was tricked into treating the node as another site sends the name of
 * that site (DNS rebinding).
 */
public final class AllowedHosts {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Set<String> ANY = Set.of("0.0.0.0", "::", "");

  private final Set<String> names = new HashSet<>();

  private AllowedHosts() {}

  /**
   * @param more names and addresses beside the machine's own, without ports
   */
  public static AllowedHosts of(Collection<String> more) {
    AllowedHosts hosts = new AllowedHosts();
    hosts.names.add("localhost");
    try {
      InetAddress machine = InetAddress.getLocalHost();
      hosts.names.add(plain(machine.getHostName()));
      hosts.names.add(plain(machine.getCanonicalHostName()));
    } catch (UnknownHostException e) {
      // a machine whose name nobody knows has none
    }
    more.stream().map(AllowedHosts::plain).forEach(hosts.names::add);
    hosts.names.removeAll(ANY);
    return hosts;
  }

  /**
   * @param host a name or an address, without its port
   */
  boolean accept(String host) {
    String plain = plain(host);
    return names.contains(plain) || isOwnAddress(plain);
  }

  private static String plain(String host) {
    String lower = host.strip().toLowerCase(Locale.ROOT);
    boolean bracketed = lower.startsWith("[") && lower.endsWith("]");
    return bracketed ? lower.substring(1, lower.length() - 1) : lower.replaceFirst("\\.$", "");
  }

  /** Whether it is an address in digits, which no name server has a say in, and of this machine. */
  private static boolean isOwnAddress(String host) {
    if (!IPV4.matcher(host).matches() && host.indexOf(':') < 0) {
      return false;
    }
    try {
      InetAddress address = InetAddress.getByName(host);
      return !address.isAnyLocalAddress()
          && (address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null);
    } catch (UnknownHostException | SocketException e) {
      return false;
    }
  }
}
