using System.Buffers;
using Millrace.Checkpoints;

namespace Millrace.Testing.Conformance;

/// <summary>Checks with one writer.</summary>
internal static class ObjectStoreBasics
{
    private const int LargeSize = 24 * 1024 * 1024;

    public static IReadOnlyList<Func<ObjectStoreScope, Task>> Checks { get; } =
    [
        ShouldReturnNull_WhenObjectIsAbsent,
        ShouldReturnTheBytes_WhenObjectWasPut,
        ShouldReturnTheBytes_WhenObjectIsLargeAndInSegments,
        ShouldReturnTheBytes_WhenStoreIsOpenedAgain,
        ShouldReplaceTheBytes_WhenObjectIsPutAgain,
        ShouldKeepTheBytes_WhenCallersBufferChangesAfterwards,
        ShouldChangeTheETag_WhenTheSameBytesArePutAgain,
        ShouldReturnTheETagOfThePut_WhenObjectIsRead,
        ShouldRefuseAndKeep_WhenIfAbsentMeetsAnObject,
        ShouldWrite_WhenIfAbsentMeetsNothing,
        ShouldWrite_WhenIfMatchHasTheCurrentETag,
        ShouldRefuseAndKeep_WhenIfMatchHasAnOldETag,
        ShouldRefuse_WhenIfMatchMeetsNothing,
        ShouldRefuse_WhenObjectWasDeletedAndCreatedAgain,
        ShouldListNamesInOrdinalOrder_WhenPrefixMatches,
        ShouldListNothing_WhenNoNameMatches,
        ShouldDoNothing_WhenDeletedObjectIsAbsent,
        ShouldForgetTheObject_WhenDeleted,
        ShouldRefuseTheName_WhenItIsInvalid,
        ShouldStop_WhenTokenIsCancelled,
    ];

    private static async Task ShouldReturnNull_WhenObjectIsAbsent(ObjectStoreScope scope) =>
        Check.That(await scope.GetAsync("absent").ConfigureAwait(false) is null, "no object");

    private static async Task ShouldReturnTheBytes_WhenObjectWasPut(ObjectStoreScope scope)
    {
        foreach (int size in (int[])[0, 1, 1000, 1024 * 1024])
        {
            byte[] content = RandomBytes(size);
            await scope.PutAsync($"folder/size-{size}", content).ConfigureAwait(false);
            Check.SameBytes(
                content,
                (await scope.GetExistingAsync($"folder/size-{size}").ConfigureAwait(false)).Content,
                $"an object of {size} bytes"
            );
        }
    }

    private static async Task ShouldReturnTheBytes_WhenObjectIsLargeAndInSegments(ObjectStoreScope scope)
    {
        byte[] content = RandomBytes(LargeSize);
        await scope
            .Store.PutAsync(scope.Prefix + "large", Segments(content, 1_000_003), PutCondition.IfAbsent, scope.CancellationToken)
            .ConfigureAwait(false);
        Check.SameBytes(content, (await scope.GetExistingAsync("large").ConfigureAwait(false)).Content, "a large object");
    }

    private static async Task ShouldReturnTheBytes_WhenStoreIsOpenedAgain(ObjectStoreScope scope)
    {
        string etag = await scope.PutAsync("a/b", [1, 2]).ConfigureAwait(false);
        StoredObject read = await scope.Reopen().GetExistingAsync("a/b").ConfigureAwait(false);
        Check.SameBytes([1, 2], read.Content, "the object");
        Check.Equal(etag, read.ETag, "its ETag");
    }

    private static async Task ShouldReplaceTheBytes_WhenObjectIsPutAgain(ObjectStoreScope scope)
    {
        await scope.PutAsync("a", RandomBytes(5000)).ConfigureAwait(false);
        await scope.PutAsync("a", [3]).ConfigureAwait(false);
        Check.SameBytes([3], (await scope.GetExistingAsync("a").ConfigureAwait(false)).Content, "the object");
    }

    private static async Task ShouldKeepTheBytes_WhenCallersBufferChangesAfterwards(ObjectStoreScope scope)
    {
        byte[] buffer = [1, 2, 3];
        await scope.PutAsync("a", buffer).ConfigureAwait(false);
        Array.Clear(buffer);
        Check.SameBytes([1, 2, 3], (await scope.GetExistingAsync("a").ConfigureAwait(false)).Content, "the object");
    }

    private static async Task ShouldChangeTheETag_WhenTheSameBytesArePutAgain(ObjectStoreScope scope)
    {
        HashSet<string> etags = new(StringComparer.Ordinal);
        for (int i = 0; i < 20; i++)
        {
            Check.That(etags.Add(await scope.PutAsync("a", [1]).ConfigureAwait(false)), $"write {i} to have an ETag of its own");
        }
    }

    private static async Task ShouldReturnTheETagOfThePut_WhenObjectIsRead(ObjectStoreScope scope)
    {
        Check.Equal(
            await scope.PutAsync("a", [1]).ConfigureAwait(false),
            (await scope.GetExistingAsync("a").ConfigureAwait(false)).ETag,
            "the first ETag"
        );
        Check.Equal(
            await scope.PutAsync("a", [2]).ConfigureAwait(false),
            (await scope.GetExistingAsync("a").ConfigureAwait(false)).ETag,
            "the second ETag"
        );
    }

    private static async Task ShouldRefuseAndKeep_WhenIfAbsentMeetsAnObject(ObjectStoreScope scope)
    {
        string etag = await scope.PutAsync("a", [1]).ConfigureAwait(false);
        await Check
            .ThrowsAsync<PreconditionFailedException>(() => scope.PutAsync("a", [2], PutCondition.IfAbsent), "when the object exists")
            .ConfigureAwait(false);
        await Unchanged(scope, "a", [1], etag).ConfigureAwait(false);
    }

    private static async Task ShouldWrite_WhenIfAbsentMeetsNothing(ObjectStoreScope scope)
    {
        await scope.PutAsync("a", [1], PutCondition.IfAbsent).ConfigureAwait(false);
        await scope.DeleteAsync("a").ConfigureAwait(false);
        string etag = await scope.PutAsync("a", [2], PutCondition.IfAbsent).ConfigureAwait(false);
        await Unchanged(scope, "a", [2], etag).ConfigureAwait(false);
    }

    private static async Task ShouldWrite_WhenIfMatchHasTheCurrentETag(ObjectStoreScope scope)
    {
        string etag = await scope.PutAsync("a", [0]).ConfigureAwait(false);
        for (byte i = 1; i < 10; i++)
        {
            etag = await scope.PutAsync("a", [i], PutCondition.IfMatch(etag)).ConfigureAwait(false);
        }

        await Unchanged(scope, "a", [9], etag).ConfigureAwait(false);
    }

    private static async Task ShouldRefuseAndKeep_WhenIfMatchHasAnOldETag(ObjectStoreScope scope)
    {
        string old = await scope.PutAsync("a", [1]).ConfigureAwait(false);
        string etag = await scope.PutAsync("a", [1]).ConfigureAwait(false);
        await Check
            .ThrowsAsync<PreconditionFailedException>(() => scope.PutAsync("a", [2], PutCondition.IfMatch(old)), "when the ETag is old")
            .ConfigureAwait(false);
        await Unchanged(scope, "a", [1], etag).ConfigureAwait(false);
    }

    private static async Task ShouldRefuse_WhenIfMatchMeetsNothing(ObjectStoreScope scope)
    {
        string etag = await scope.PutAsync("a", [1]).ConfigureAwait(false);
        await scope.DeleteAsync("a").ConfigureAwait(false);
        await Check
            .ThrowsAsync<PreconditionFailedException>(() => scope.PutAsync("a", [2], PutCondition.IfMatch(etag)), "when the object is gone")
            .ConfigureAwait(false);
        Check.That(await scope.GetAsync("a").ConfigureAwait(false) is null, "no object after the refused write");
    }

    private static async Task ShouldRefuse_WhenObjectWasDeletedAndCreatedAgain(ObjectStoreScope scope)
    {
        string old = await scope.PutAsync("a", [1]).ConfigureAwait(false);
        await scope.DeleteAsync("a").ConfigureAwait(false);
        string etag = await scope.PutAsync("a", [1]).ConfigureAwait(false);
        await Check
            .ThrowsAsync<PreconditionFailedException>(
                () => scope.PutAsync("a", [2], PutCondition.IfMatch(old)),
                "when it is another object"
            )
            .ConfigureAwait(false);
        await Unchanged(scope, "a", [1], etag).ConfigureAwait(false);
    }

    private static async Task ShouldListNamesInOrdinalOrder_WhenPrefixMatches(ObjectStoreScope scope)
    {
        string[] names = ["x/B", "x/a", "x/a-b", "x/a.b", "x/c-", "x/c/1", "x/c/10", "x/c/2", "xy", "y"];
        foreach (string name in names)
        {
            await scope.PutAsync(name, [1]).ConfigureAwait(false);
        }

        await Lists(scope, "", names).ConfigureAwait(false);
        await Lists(scope, "x", names[..9]).ConfigureAwait(false);
        await Lists(scope, "x/", names[..8]).ConfigureAwait(false);
        await Lists(scope, "x/c", names[4..8]).ConfigureAwait(false);
        await Lists(scope, "x/c/", names[5..8]).ConfigureAwait(false);
        await Lists(scope, "x/c/1", names[5..7]).ConfigureAwait(false);
        await Lists(scope, "y", ["y"]).ConfigureAwait(false);
    }

    private static async Task ShouldListNothing_WhenNoNameMatches(ObjectStoreScope scope)
    {
        await Lists(scope, "", []).ConfigureAwait(false);
        await Lists(scope, "a/b/", []).ConfigureAwait(false);
        await scope.PutAsync("a", [1]).ConfigureAwait(false);
        await Lists(scope, "b", []).ConfigureAwait(false);
    }

    private static async Task ShouldDoNothing_WhenDeletedObjectIsAbsent(ObjectStoreScope scope)
    {
        await scope.DeleteAsync("a").ConfigureAwait(false);
        await scope.DeleteAsync("folder/b").ConfigureAwait(false);
    }

    private static async Task ShouldForgetTheObject_WhenDeleted(ObjectStoreScope scope)
    {
        await scope.PutAsync("f/a", [1]).ConfigureAwait(false);
        await scope.PutAsync("f/g/b", [1]).ConfigureAwait(false);
        await scope.DeleteAsync("f/g/b").ConfigureAwait(false);
        Check.That(await scope.GetAsync("f/g/b").ConfigureAwait(false) is null, "no object after its deletion");
        await Lists(scope, "f", ["f/a"]).ConfigureAwait(false);
        await scope.PutAsync("f/g", [1]).ConfigureAwait(false);
        await Lists(scope, "f", ["f/a", "f/g"]).ConfigureAwait(false);
    }

    private static async Task ShouldRefuseTheName_WhenItIsInvalid(ObjectStoreScope scope)
    {
        foreach (
            string name in (string[])
                [
                    "",
                    "/",
                    "/a",
                    "a/",
                    "a//b",
                    ".",
                    "..",
                    "../a",
                    "a/../b",
                    "a/.b",
                    "a.",
                    "a b",
                    "a\\b",
                    "ä",
                    "a:b",
                    "a\0b",
                    new string('a', 901),
                ]
        )
        {
            await Check
                .ThrowsAsync<ArgumentException>(
                    () => scope.Store.PutAsync(name, default, default, scope.CancellationToken),
                    $"from a put of the name '{name}'"
                )
                .ConfigureAwait(false);
            await Check
                .ThrowsAsync<ArgumentException>(
                    () => scope.Store.GetAsync(name, scope.CancellationToken),
                    $"from a get of the name '{name}'"
                )
                .ConfigureAwait(false);
            await Check
                .ThrowsAsync<ArgumentException>(
                    () => scope.Store.DeleteAsync(name, scope.CancellationToken),
                    $"from a delete of the name '{name}'"
                )
                .ConfigureAwait(false);
        }

        await Check
            .ThrowsAsync<ArgumentException>(
                async () =>
                    await scope
                        .Store.ListAsync("../", scope.CancellationToken)
                        .GetAsyncEnumerator(scope.CancellationToken)
                        .MoveNextAsync()
                        .ConfigureAwait(false),
                "from a list of the prefix '../'"
            )
            .ConfigureAwait(false);
    }

    private static async Task ShouldStop_WhenTokenIsCancelled(ObjectStoreScope scope)
    {
        using CancellationTokenSource cancellation = new();
        await cancellation.CancelAsync().ConfigureAwait(false);
        await Check
            .ThrowsAsync<OperationCanceledException>(
                () => scope.Store.PutAsync(scope.Prefix + "a", new ReadOnlySequence<byte>([1]), default, cancellation.Token),
                "from a put with a cancelled token"
            )
            .ConfigureAwait(false);
        await Check
            .ThrowsAsync<OperationCanceledException>(
                () => scope.Store.GetAsync(scope.Prefix + "a", cancellation.Token),
                "from a get with a cancelled token"
            )
            .ConfigureAwait(false);
        Check.That(await scope.GetAsync("a").ConfigureAwait(false) is null, "no object after a put with a cancelled token");
    }

    private static async Task Unchanged(ObjectStoreScope scope, string name, byte[] content, string etag)
    {
        StoredObject read = await scope.GetExistingAsync(name).ConfigureAwait(false);
        Check.SameBytes(content, read.Content, $"object '{name}'");
        Check.Equal(etag, read.ETag, $"the ETag of object '{name}'");
    }

    private static async Task Lists(ObjectStoreScope scope, string prefix, string[] expected)
    {
        Array.Sort(expected = [.. expected], StringComparer.Ordinal);
        Check.Equal(
            string.Join(' ', expected),
            string.Join(' ', await scope.ListAsync(prefix).ConfigureAwait(false)),
            $"the list of '{prefix}'"
        );
    }

    private static byte[] RandomBytes(int size)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private static ReadOnlySequence<byte> Segments(byte[] bytes, int segmentSize)
    {
        Segment first = new(bytes.AsMemory(0, segmentSize), 0);
        Segment last = first;
        for (int start = segmentSize; start < bytes.Length; start += segmentSize)
        {
            last = last.Append(bytes.AsMemory(start, Math.Min(segmentSize, bytes.Length - start)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            Segment next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
