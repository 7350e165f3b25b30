package dev.secateur.actors.node;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.protocol.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/**
 * A private certificate authority for a small cluster, and the certificates of its nodes, in a
 * folder:
 *
 * <ul>
 *   <li>{@code authority}: the authority's key; it stays where it was made
 *   <li>a folder to each host, to be brought there: {@code node.p12} with its own key, {@code
 *       truststore.p12} and {@code ca.crt} with the authority's certificate alone, and the {@code
 *       password} of both stores, which is no other host's
 *   <li>{@code ca.crt}: the authority's certificate, for clients
 * </ul>
 */
public final class Certificates {
  static final String PASSWORD = "password";
  static final String TRUST = "truststore.p12";
  static final String NODE = "node.p12";

  /** The folder of the authority. */
  public static final String AUTHORITY = "authority";

  /** The authority's certificate. */
  public static final String CERTIFICATE = "ca.crt";

  private static final String KEY = "ca.p12";
  private static final String LOCALHOST = "localhost";
  private static final String LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
  private static final Duration LIFE = Duration.ofDays(3650);

  /** Of a host, in labels (RFC 1123), with the underscores that some have; the first may be '*'. */
  private static final Pattern NAME = Pattern.compile("(\\*\\.)?" + LABEL + "(\\." + LABEL + ")*");

  private static final String SIGNATURE = "SHA256withECDSA";

  private final Path folder;
  private final Instant now;

  private record Issuer(X509Certificate certificate, PrivateKey key) {}

  private Certificates(Path folder, Instant now) {
    this.folder = folder;
    this.now = now;
  }

  /**
   * Makes the authority where the folder has none, and a folder for each host; one that is there
   * gets a new key.
   *
   * @return the folders of the hosts
   * @throws InputException when a host is no name or address; nothing is written then
   */
  public static List<Path> init(Path folder, List<String> hosts) throws IOException {
    return init(folder, hosts, Instant.now());
  }

  /** The same at another time. */
  static List<Path> init(Path folder, List<String> hosts, Instant now) throws IOException {
    hosts.forEach(Certificates::check);
    prepare(folder);
    Certificates made = new Certificates(folder, now);
    List<Path> folders = new ArrayList<>();
    try {
      Issuer issuer = made.issuer();
      for (String host : hosts) {
        folders.add(made.node(host, issuer));
      }
      return folders;
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException(folder + ": certificates can't be created: " + e.getMessage(), e);
    }
  }

  private static void check(String host) {
    if (host.equals(AUTHORITY)) {
      throw new InputException("no host can have the name '" + AUTHORITY + "' here");
    } else if (!(isAddress(host) ? IPAddress.isValid(host) : NAME.matcher(host).matches())) {
      throw new InputException(
          "'"
              + host
              + "' is not a host; give its name, such as node1.example.org, or its address,"
              + " such as 10.0.0.1 or fd00::1");
    }
  }

  private static boolean isAddress(String host) {
    return host.matches("[0-9.]+|.*:.*");
  }

  /** A folder that is made for secrets is its owner's alone; one that is there stays as it is. */
  private static Path prepare(Path folder) throws IOException {
    Path whole = folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(whole)) {
      Files.createDirectories(whole.getParent());
      Files.createDirectory(
          whole,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    return whole;
  }

  /** The folder of a host. */
  static Path folder(Path all, String host) {
    return all.resolve(host.replaceAll("[^A-Za-z0-9.-]", "_"));
  }

  private static char[] password(Path of) throws IOException {
    Path file = of.resolve(PASSWORD);
    if (!Files.isRegularFile(file)) {
      byte[] secret = new byte[24];
      new SecureRandom().nextBytes(secret);
      AtomicFile.writeSecret(file, Base64.getUrlEncoder().encode(secret));
    }
    return Files.readString(file).strip().toCharArray();
  }

  private Issuer issuer() throws GeneralSecurityException, OperatorCreationException, IOException {
    Path own = prepare(folder.resolve(AUTHORITY));
    char[] password = password(own);
    Path file = own.resolve(KEY);
    if (Files.isRegularFile(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream content = Files.newInputStream(file)) {
        store.load(content, password);
      }
      return new Issuer(
          (X509Certificate) store.getCertificate("ca"), (PrivateKey) store.getKey("ca", password));
    }
    KeyPair keys = keys();
    X500Principal name = new X500Principal("CN=Secateur private CA");
    X509v3CertificateBuilder builder = builder(name, name, keys);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    X509Certificate certificate = signed(builder, keys.getPrivate());
    write(file, password, keys.getPrivate(), "ca", certificate);
    AtomicFile.write(folder.resolve(CERTIFICATE), pem(certificate));
    return new Issuer(certificate, keys.getPrivate());
  }

  private static String pem(X509Certificate certificate) throws IOException {
    StringWriter pem = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(pem)) {
      writer.writeObject(certificate);
    }
    return pem.toString();
  }

  private Path node(String host, Issuer issuer)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    Path own = prepare(folder(folder, host));
    char[] password = password(own);
    KeyPair keys = keys();
    X509v3CertificateBuilder builder =
        builder(
            issuer.certificate.getSubjectX500Principal(),
            new X500Principal("CN=Secateur node"),
            keys);
    builder.addExtension(Extension.subjectAlternativeName, false, names(host));
    builder.addExtension(
        Extension.extendedKeyUsage,
        false,
        new ExtendedKeyUsage(
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    X509Certificate certificate = signed(builder, issuer.key);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, password);
    trusted.setCertificateEntry("ca", issuer.certificate);
    write(own.resolve(TRUST), password, trusted);
    AtomicFile.write(own.resolve(CERTIFICATE), pem(issuer.certificate));
    write(own.resolve(NODE), password, keys.getPrivate(), "node", certificate, issuer.certificate);
    return own;
  }

  /** A host's own name or address, and that by which its own clients reach it. */
  private static GeneralNames names(String host) {
    GeneralName own =
        new GeneralName(isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName, host);
    GeneralName local = new GeneralName(GeneralName.dNSName, LOCALHOST);
    return host.equals(LOCALHOST)
        ? new GeneralNames(local)
        : new GeneralNames(new GeneralName[] {own, local});
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private X509v3CertificateBuilder builder(
      X500Principal issuer, X500Principal subject, KeyPair keys) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(128, new SecureRandom()),
        Date.from(now.minus(Duration.ofHours(1))),
        Date.from(now.plus(LIFE)),
        subject,
        keys.getPublic());
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
  }

  private static void write(
      Path file, char[] password, PrivateKey key, String alias, Certificate... chain)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, password);
    store.setKeyEntry(alias, key, password, chain);
    write(file, password, store);
  }

  private static void write(Path file, char[] password, KeyStore store)
      throws GeneralSecurityException, IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    store.store(bytes, password);
    AtomicFile.writeSecret(file, bytes.toByteArray());
  }
}
