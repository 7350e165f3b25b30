package dev.secateur.actors.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** An address gave no answer; the message says why, without the address. */
final class NoAnswer extends IOException {
  private static final long serialVersionUID = 1L;

  /** How far a request came. */
  enum Kind {
    /** It was not sent, since its client does not trust the certificate. */
    UNTRUSTED,
    /** It was not sent, since there is no connection. */
    UNREACHABLE,
    /** It was not sent, since the node did not say that it reaches a coordinator. */
    NOT_READY,
    /** It may have been received. */
    UNSETTLED
  }

  private final Kind kind;

  private NoAnswer(Kind kind, String reason, Throwable cause) {
    super(reason, cause);
    this.kind = kind;
  }

  /** An answer of 503: the node reaches no coordinator at the moment. */
  static NoAnswer unavailable(String told) {
    return new NoAnswer(Kind.UNSETTLED, told, null);
  }

  /**
   * @param waited for the answer to begin
   */
  static NoAnswer of(IOException failure, Duration waited) {
    if (failure instanceof NoAnswer told) {
      return told;
    } else if (find(failure, CertificateException.class).isPresent()) {
      return new NoAnswer(Kind.UNTRUSTED, "TLS: " + message(failure, "no trust"), failure);
    } else if (find(failure, SSLHandshakeException.class).isPresent()) {
      return new NoAnswer(Kind.UNREACHABLE, "TLS: " + message(failure, "no handshake"), failure);
    } else if (find(failure, UnresolvedAddressException.class).isPresent()) {
      return new NoAnswer(Kind.UNREACHABLE, "no such host", failure);
    } else if (failure instanceof HttpConnectTimeoutException) {
      return new NoAnswer(Kind.UNREACHABLE, "no connection in time", failure);
    } else if (find(failure, ConnectException.class).isPresent()
        || find(failure, NoRouteToHostException.class).isPresent()) {
      return new NoAnswer(Kind.UNREACHABLE, message(failure, "connection refused"), failure);
    } else if (failure instanceof HttpTimeoutException) {
      String reason = "no answer within " + waited.toSeconds() + " s";
      return new NoAnswer(Kind.UNSETTLED, reason, failure);
    }
    String reason = (failure instanceof SSLException ? "TLS: " : "the connection broke: ");
    return new NoAnswer(Kind.UNSETTLED, reason + message(failure, "no reason"), failure);
  }

  /** The same, of what was asked before the request was sent. */
  NoAnswer beforehand() {
    return kind == Kind.UNSETTLED ? new NoAnswer(Kind.NOT_READY, getMessage(), this) : this;
  }

  Kind kind() {
    return kind;
  }

  private static Stream<Throwable> chain(Throwable failure) {
    return Stream.iterate(failure, each -> each != null, Throwable::getCause);
  }

  private static <T> Optional<Throwable> find(Throwable failure, Class<T> type) {
    return chain(failure).filter(type::isInstance).findFirst();
  }

  private static String message(Throwable failure, String otherwise) {
    return chain(failure)
        .filter(IOException.class::isInstance)
        .map(Throwable::getMessage)
        .filter(text -> text != null && !text.isBlank())
        .findFirst()
        .orElse(otherwise);
  }
}
