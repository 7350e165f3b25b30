package dev.secateur.actors.node;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** Whether clients accept a certificate for a host (RFC 6125: by its subject alternative names). */
final class CertificateNames {
  private static final int DNS_NAME = 2;
  private static final int ADDRESS = 7;

  private CertificateNames() {}

  /** Why they do not, where they do not. */
  static Optional<String> problem(X509Certificate certificate, String host)
      throws GeneralSecurityException {
    try {
      certificate.checkValidity();
    } catch (CertificateExpiredException e) {
      return Optional.of("expired on " + certificate.getNotAfter().toInstant());
    } catch (CertificateNotYetValidException e) {
      return Optional.of("is not valid before " + certificate.getNotBefore().toInstant());
    }
    List<String> names = new ArrayList<>();
    for (List<?> name :
        Objects.requireNonNullElse(certificate.getSubjectAlternativeNames(), List.<List<?>>of())) {
      if (name.get(0).equals(DNS_NAME) || name.get(0).equals(ADDRESS)) {
        names.add(name.get(1).toString());
      }
    }
    return names.stream().anyMatch(name -> matches(name, host))
        ? Optional.empty()
        : Optional.of("is valid for " + names + ", not for this node's address " + host);
  }

  private static boolean matches(String name, String host) {
    String asked = host.toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", "");
    String given = name.toLowerCase(Locale.ROOT);
    boolean address = asked.matches("[0-9.]+|.*:.*");
    if (given.startsWith("*.") && !address) {
      return asked.replaceFirst("^[^.]+", "*").equals(given);
    }
    return given.equals(asked) || address && sameAddress(given, asked);
  }

  private static boolean sameAddress(String given, String asked) {
    try {
      return given.matches("[0-9.]+|.*:.*")
          && InetAddress.getByName(given).equals(InetAddress.getByName(asked));
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
