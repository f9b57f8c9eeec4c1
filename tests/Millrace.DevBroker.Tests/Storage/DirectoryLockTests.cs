namespace Millrace.DevBroker.Tests.Storage;

public sealed class DirectoryLockTests
{
    [Fact]
    public async Task ShouldNameTheOtherBroker_WhenTheDirectoryIsInUse()
    {
        string directory = Directory.CreateTempSubdirectory("millrace-lock-").FullName;
        try
        {
            await using DevBroker first = await DevBroker.StartAsync(new DevBrokerOptions { Directory = directory });

            IOException exception = await Assert.ThrowsAsync<IOException>(() =>
                DevBroker.StartAsync(new DevBrokerOptions { Directory = directory })
            );

            Assert.Contains("is in use by another broker", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task ShouldSayWhatIsWrong_WhenTheLockFileFailsThoughNobodyHoldsIt()
    {
        string directory = Directory.CreateTempSubdirectory("millrace-lock-").FullName;
        try
        {
            // Fails as a full or read-only file system does: with an error of its own.
            string path = Path.Combine(directory, "broker.lock");
            File.CreateSymbolicLink(path, path);

            IOException exception = await Assert.ThrowsAsync<IOException>(() =>
                DevBroker.StartAsync(new DevBrokerOptions { Directory = directory })
            );

            Assert.Contains(path, exception.Message, StringComparison.Ordinal);
            Assert.Contains("No other broker holds it", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
