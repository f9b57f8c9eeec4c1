using System.Security.Cryptography;
using System.Text;
using Millrace.Kafka.Transactions;
using Xunit;

namespace Millrace.Kafka.Tests.Transactions;

public sealed class ScramClientTests
{
    [Fact]
    public void ShouldSayWhatTheRfcSays_WhenGivenItsExample()
    {
        // RFC 7677, section 3.
        ScramClient client = new(HashAlgorithmName.SHA256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO");

        string first = Encoding.UTF8.GetString(client.First());
        string final = Encoding.UTF8.GetString(
            client.Final("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8)
        );
        client.Verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8);

        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", first);
        Assert.Equal("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", final);
    }

    [Fact]
    public void ShouldRefuse_WhenServerDoesNotKnowThePassword()
    {
        ScramClient client = new(HashAlgorithmName.SHA512, "user", "pencil", "abc");
        _ = client.Final("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8);

        Assert.Throws<KafkaClientException>(() => client.Verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
        Assert.Throws<KafkaClientException>(() => client.Final("r=xyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8));
    }
}
