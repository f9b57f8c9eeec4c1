using Millrace.Checkpoints;

namespace Millrace.Testing.Conformance;

/// <summary>Checks with several writers, each through a store that it opened itself.</summary>
internal static class ObjectStoreConcurrency
{
    private const int Writers = 4;

    public static IReadOnlyList<Func<ObjectStoreScope, Task>> Checks { get; } =
    [
        ShouldLetOneWriterWin_WhenManyCreateTheSameObject,
        ShouldLoseNoIncrement_WhenManyWritersCompareAndSwap,
        ShouldFenceTheOldOwner_WhenANewOwnerHasTakenOver,
        ShouldNeverShowATornObject_WhenWritersReplaceItDuringReads,
        ShouldKeepEveryObject_WhenFoldersComeAndGo,
    ];

    private static async Task ShouldLetOneWriterWin_WhenManyCreateTheSameObject(ObjectStoreScope scope)
    {
        for (int round = 0; round < 5; round++)
        {
            string name = $"round-{round}";
            bool[] won = await Task.WhenAll(
                    Enumerable
                        .Range(0, Writers)
                        .Select(writer => Task.Run(() => TryPutAsync(scope.Reopen(), name, [(byte)writer], PutCondition.IfAbsent)))
                )
                .ConfigureAwait(false);
            Check.Equal(1, won.Count(w => w), "the number of writers that created the object");
            Check.Equal(
                Array.IndexOf(won, value: true),
                (await scope.GetExistingAsync(name).ConfigureAwait(false)).Content.Span[0],
                "the content, which is the winner's number,"
            );
        }
    }

    private static async Task ShouldLoseNoIncrement_WhenManyWritersCompareAndSwap(ObjectStoreScope scope)
    {
        const int Increments = 10;
        await scope.PutAsync("counter", [0]).ConfigureAwait(false);
        await Task.WhenAll(
                Enumerable
                    .Range(0, Writers)
                    .Select(_ =>
                        Task.Run(async () =>
                        {
                            ObjectStoreScope own = scope.Reopen();
                            int done = 0;
                            while (done < Increments)
                            {
                                StoredObject current = await own.GetExistingAsync("counter").ConfigureAwait(false);
                                if (
                                    await TryPutAsync(
                                            own,
                                            "counter",
                                            [(byte)(current.Content.Span[0] + 1)],
                                            PutCondition.IfMatch(current.ETag)
                                        )
                                        .ConfigureAwait(false)
                                )
                                {
                                    done++;
                                }
                            }
                        })
                    )
            )
            .ConfigureAwait(false);
        Check.Equal(Writers * Increments, (await scope.GetExistingAsync("counter").ConfigureAwait(false)).Content.Span[0], "the counter");
    }

    private static async Task ShouldFenceTheOldOwner_WhenANewOwnerHasTakenOver(ObjectStoreScope scope)
    {
        ObjectStoreScope zombie = scope.Reopen();
        ObjectStoreScope owner = scope.Reopen();
        string zombieETag = await zombie.PutAsync("ledger", [1], PutCondition.IfAbsent).ConfigureAwait(false);
        StoredObject seen = await owner.GetExistingAsync("ledger").ConfigureAwait(false);
        string ownerETag = await owner.PutAsync("ledger", [2], PutCondition.IfMatch(seen.ETag)).ConfigureAwait(false);

        await Check
            .ThrowsAsync<PreconditionFailedException>(
                () => zombie.PutAsync("ledger", [1, 1], PutCondition.IfMatch(zombieETag)),
                "when the old owner goes on"
            )
            .ConfigureAwait(false);
        await owner.PutAsync("ledger", [2, 1], PutCondition.IfMatch(ownerETag)).ConfigureAwait(false);
        Check.SameBytes([2, 1], (await zombie.GetExistingAsync("ledger").ConfigureAwait(false)).Content, "the ledger");
    }

    private static async Task ShouldNeverShowATornObject_WhenWritersReplaceItDuringReads(ObjectStoreScope scope)
    {
        const int Size = 256 * 1024;
        const int Writes = 12;
        await scope.PutAsync("a", Filled(0)).ConfigureAwait(false);
        Task writing = Task.WhenAll(
            Enumerable
                .Range(1, 2)
                .Select(writer =>
                    Task.Run(async () =>
                    {
                        ObjectStoreScope own = scope.Reopen();
                        for (int i = 0; i < Writes; i++)
                        {
                            await own.PutAsync("a", Filled((byte)((writer * Writes) + i))).ConfigureAwait(false);
                        }
                    })
                )
        );

        ObjectStoreScope reader = scope.Reopen();
        do
        {
            ReadOnlyMemory<byte> content = (await reader.GetExistingAsync("a").ConfigureAwait(false)).Content;
            Check.Equal(Size, content.Length, "the size of an object during writes");
            Check.That(!content.Span.ContainsAnyExcept(content.Span[0]), "an object to be one writer's");
        } while (!writing.IsCompleted);
        await writing.ConfigureAwait(false);

        static byte[] Filled(byte value)
        {
            byte[] bytes = new byte[Size];
            Array.Fill(bytes, value);
            return bytes;
        }
    }

    private static async Task ShouldKeepEveryObject_WhenFoldersComeAndGo(ObjectStoreScope scope)
    {
        await Task.WhenAll(
                Enumerable
                    .Range(0, Writers)
                    .Select(writer =>
                        Task.Run(async () =>
                        {
                            ObjectStoreScope own = scope.Reopen();
                            for (int i = 0; i < 25; i++)
                            {
                                string name = $"folder/sub/{writer}";
                                await own.PutAsync(name, [(byte)i], PutCondition.IfAbsent).ConfigureAwait(false);
                                Check.Equal(
                                    i,
                                    (await own.GetExistingAsync(name).ConfigureAwait(false)).Content.Span[0],
                                    $"the content of '{name}'"
                                );
                                await own.DeleteAsync(name).ConfigureAwait(false);
                            }
                        })
                    )
            )
            .ConfigureAwait(false);
        Check.Equal(0, (await scope.ListAsync("folder/").ConfigureAwait(false)).Count, "the number of objects left");
    }

    private static async Task<bool> TryPutAsync(ObjectStoreScope scope, string name, byte[] content, PutCondition condition)
    {
        try
        {
            await scope.PutAsync(name, content, condition).ConfigureAwait(false);
            return true;
        }
        catch (PreconditionFailedException)
        {
            return false;
        }
    }
}
