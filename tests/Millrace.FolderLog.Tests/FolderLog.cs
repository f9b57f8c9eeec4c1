using System.Globalization;
using Millrace.Connectors;

namespace Millrace.FolderLog.Tests;

/// <summary>A log in a folder: a folder for each partition, in it a text file for each record, <c>0/00000042.txt</c>.</summary>
internal static class FolderLog
{
    public static Topic TopicOf(string folder) => new("folder", Path.GetFullPath(folder));

    public static int CountPartitions(string folder)
    {
        int count = 0;
        while (Directory.Exists(PartitionOf(folder, count)))
        {
            count++;
        }

        return count;
    }

    public static string FileOf(string folder, int partition, long number) =>
        Path.Combine(PartitionOf(folder, partition), string.Create(CultureInfo.InvariantCulture, $"{number:D8}.txt"));

    /// <summary>The numbers of the records of a partition, rising.</summary>
    public static long[] NumbersOf(string folder, int partition)
    {
        string path = PartitionOf(folder, partition);
        return Directory.Exists(path)
            ?
            [
                .. Directory
                    .EnumerateFiles(path, "*.txt")
                    .Select(file => long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture))
                    .Order(),
            ]
            : [];
    }

    private static string PartitionOf(string folder, int partition) =>
        Path.Combine(folder, partition.ToString(CultureInfo.InvariantCulture));
}
