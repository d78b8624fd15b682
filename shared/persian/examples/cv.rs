use persian::phonemes::{alignment::align, guesser::*, inventory::*, spelling::*};
fn dist(a:&[Phoneme],b:&[Phoneme])->usize{let mut p:Vec<usize>=(0..=b.len()).collect();for(i,x)in a.iter().enumerate(){let mut q=vec![i+1];for(j,y)in b.iter().enumerate(){q.push((p[j]+(x!=y)as usize).min(p[j+1]+1).min(q[j]+1));}p=q;}p[b.len()]}
fn main(){
 let args:Vec<String>=std::env::args().collect();
 let text=std::fs::read_to_string(&args[1]).unwrap();
 let mut ex=vec![];let mut bad=0;
 for l in text.lines(){let mut c=l.split('\t');let w=c.next().unwrap();
  let rs:Vec<Vec<Phoneme>>=c.map(|r|parse(r.split(':').next().unwrap()).unwrap()).collect();
  let s=Spelling::of(w);
  if align(&s.letters,&rs[0]).is_none(){bad+=1; if args.len()>2 {println!("unaligned {w} {}",render(&rs[0]));}}
  ex.push((w.to_string(),s,rs));}
 eprintln!("{} words {} unaligned",ex.len(),bad);
 let h=|w:&str|{w.bytes().fold(7u64,|h,b|(h.rotate_left(5)^b as u64).wrapping_mul(0x9fb21c651e98df25))>>32};
 let folds=5; let (mut e,mut n,mut wr,mut wn)=(0,0,0,0);
 for f in 0..if args.len()>2{1}else{2}{
  let tr:Vec<Example>=ex.iter().filter(|x|h(&x.0)%folds!=f).map(|x|Example{letters:x.1.letters.clone(),phonemes:x.2[0].clone()}).collect();
  let t=std::time::Instant::now();
  let g=train(&tr);
  eprintln!("trained {:?}",t.elapsed());
  for x in ex.iter().filter(|x|h(&x.0)%folds==f){
   let p=g.guess(&x.1.letters);
   let (d,len)=x.2.iter().map(|r|(dist(&p,r),r.len())).min().unwrap();
   e+=d;n+=len;wr+=(d>0)as usize;wn+=1;
   if d>0&&args.len()>2{println!("{} {} {}",x.0,render(&x.2[0]),render(&p));}
  }}
 println!("PER {:.2} % words wrong {:.1} % of {}",100.0*e as f64/n as f64,100.0*wr as f64/wn as f64,wn);
}
