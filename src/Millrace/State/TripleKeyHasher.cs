namespace Millrace.State;

internal sealed class TripleKeyHasher<T1, T2, T3>(IKeyHasher<T1> first, IKeyHasher<T2> second, IKeyHasher<T3> third)
    : KeyHasher<(T1 First, T2 Second, T3 Third)>
    where T1 : notnull
    where T2 : notnull
    where T3 : notnull
{
    public override uint Hash((T1 First, T2 Second, T3 Third) key) =>
        HashMixing.Combine(HashMixing.Combine(first.Hash(key.First), second.Hash(key.Second)), third.Hash(key.Third));
}
