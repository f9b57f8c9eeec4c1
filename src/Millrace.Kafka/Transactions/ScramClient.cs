using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Kafka.Transactions;

/// <summary>The client's side of SCRAM (RFC 5802, RFC 7677), without channel binding, as Kafka uses it.</summary>
internal sealed class ScramClient
{
    private readonly HashAlgorithmName _hash;
    private readonly string _password;
    private readonly string _nonce;
    private readonly string _firstBare;
    private byte[] _serverSignature = [];

    internal ScramClient(HashAlgorithmName hash, string user, string password, string? nonce = null)
    {
        _hash = hash;
        _password = password;
        _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));
        string escaped = user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
        _firstBare = $"n={escaped},r={_nonce}";
    }

    internal byte[] First() => Encoding.UTF8.GetBytes("n,," + _firstBare);

    /// <summary>Answers the server's first message.</summary>
    internal byte[] Final(ReadOnlySpan<byte> serverFirst)
    {
        string text = Encoding.UTF8.GetString(serverFirst);
        string nonce = Attribute(text, 'r');
        if (!nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length)
        {
            throw new KafkaClientException("SCRAM: the broker did not extend the client's nonce; the connection may be tampered with.");
        }

        byte[] salt = Convert.FromBase64String(Attribute(text, 's'));
        int iterations = int.Parse(Attribute(text, 'i'), CultureInfo.InvariantCulture);

        int size = _hash == HashAlgorithmName.SHA512 ? 64 : 32;
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(_password), salt, iterations, _hash, size);
        byte[] clientKey = CryptographicOperations.HmacData(_hash, salted, "Client Key"u8);
        byte[] storedKey = CryptographicOperations.HashData(_hash, clientKey);
        string withoutProof = $"c=biws,r={nonce}";
        byte[] message = Encoding.UTF8.GetBytes($"{_firstBare},{text},{withoutProof}");
        byte[] proof = CryptographicOperations.HmacData(_hash, storedKey, message);
        for (int i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        _serverSignature = CryptographicOperations.HmacData(
            _hash,
            CryptographicOperations.HmacData(_hash, salted, "Server Key"u8),
            message
        );
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>Checks that the server knows the password, too.</summary>
    internal void Verify(ReadOnlySpan<byte> serverFinal)
    {
        byte[] signature = Convert.FromBase64String(Attribute(Encoding.UTF8.GetString(serverFinal), 'v'));
        if (!CryptographicOperations.FixedTimeEquals(signature, _serverSignature))
        {
            throw new KafkaClientException("SCRAM: the broker's signature is wrong; the connection may be tampered with.");
        }
    }

    private static string Attribute(string message, char name)
    {
        foreach (string part in message.Split(','))
        {
            if (part.Length > 1 && part[0] == name && part[1] == '=')
            {
                return part[2..];
            }
        }

        throw new KafkaClientException(
            $"SCRAM: the broker's message has no attribute '{name}'. Check sasl.mechanism, sasl.username and sasl.password."
        );
    }
}
