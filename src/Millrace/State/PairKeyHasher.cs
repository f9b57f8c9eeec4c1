namespace Millrace.State;

internal sealed class PairKeyHasher<T1, T2>(IKeyHasher<T1> first, IKeyHasher<T2> second) : KeyHasher<(T1 First, T2 Second)>
    where T1 : notnull
    where T2 : notnull
{
    public override uint Hash((T1 First, T2 Second) key) => HashMixing.Combine(first.Hash(key.First), second.Hash(key.Second));
}
